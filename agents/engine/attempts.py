"""Remembers, over the death of the process, which records it was working on.

A slot of 32 bytes in a mapped file costs no system call to write and survives kill -9 of its
process. The next start counts the dead process's record as one more failed attempt; of records that
were decided together each has to be decided by itself from then on. SIGALRM, not a thread, ends
what takes too long: a hanging regular expression holds the interpreter's lock, so that no thread of
ours would ever run.
"""

import faulthandler
import mmap
import os
import signal
import struct
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

import psutil

LIMIT = 3  # after so many deaths a record is tried alone
_SLOT = struct.Struct("<8sqqq")  # topic's hash, partition, first and last offset
_FREE = bytes(_SLOT.size)


def _name(topic: bytes, partition: int, first: int, last: int) -> str:
    return f"{topic.hex()}-{partition}-{first}-{last}"


def _hash(topic: str) -> bytes:
    return blake2b(topic.encode(), digest_size=8).digest()


class Attempts:
    """One for a process. `folder` is shared by the workers of a machine, and kept."""

    def __init__(self, folder: Path, limit_seconds: float) -> None:
        self._folder = folder
        self._limit_seconds = limit_seconds
        folder.mkdir(parents=True, exist_ok=True)
        self._count_the_dead()
        self._failed: dict[str, int] = {}
        self.reload()
        self._path = folder / f"{os.getpid()}.slot"
        self._path.write_bytes(_FREE)
        with self._path.open("r+b") as file:
            self._slot = mmap.mmap(file.fileno(), _SLOT.size)
        faulthandler.register(signal.SIGALRM, all_threads=True, chain=True)

    def _count_the_dead(self) -> None:
        for path in self._folder.glob("*.slot"):
            if psutil.pid_exists(int(path.stem)) and int(path.stem) != os.getpid():
                continue
            try:
                held = path.read_bytes()
                path.unlink()
            except FileNotFoundError:
                continue  # another worker that starts now was faster
            if len(held) == _SLOT.size and held != _FREE:
                self._add(_name(*_SLOT.unpack(held)))

    def _add(self, name: str) -> None:
        path = self._folder / name
        count = int(path.read_text() or 0) if path.exists() else 0
        path.write_text(str(count + 1))

    def reload(self) -> None:
        """Learn what other workers of this machine died of; call it at every assignment."""
        self._failed = {}
        for path in self._folder.iterdir():
            if path.suffix != ".slot":
                with suppress(FileNotFoundError):  # another worker has just done with it
                    self._failed[path.name] = int(path.read_text() or 0)

    def failed(self, topic: str, partition: int, offset: int) -> int:
        """How often this record, being decided by itself, ended a worker."""
        if not self._failed:
            return 0
        return self._failed.get(_name(_hash(topic), partition, offset, offset), 0)

    def doubtful(self, topic: str, partition: int, first: int, last: int) -> bool:
        """Whether a worker ended over some of these records, so that each has to stand alone."""
        of_partition = f"{_hash(topic).hex()}-{partition}-" if self._failed else ""
        spans = (
            name.removeprefix(of_partition).split("-")
            for name in self._failed
            if name.startswith(of_partition)
        )
        return any(int(start) <= last and first <= int(end) for start, end in spans)

    def begin(self, topic: str, partition: int, first: int, last: int) -> None:
        """From now on a death of this process counts against these records, and time runs."""
        self._slot[:] = _SLOT.pack(_hash(topic), partition, first, last)
        signal.setitimer(signal.ITIMER_REAL, self._limit_seconds)

    def end(self) -> None:
        """The records are decided."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        self._slot[:] = _FREE

    def forget(self, topic: str, partition: int, offset: int) -> None:
        """The record got through, and with it those before it."""
        if not self._failed:
            return
        of_partition = f"{_hash(topic).hex()}-{partition}-"
        for name in [name for name in self._failed if name.startswith(of_partition)]:
            if int(name.rpartition("-")[2]) <= offset:
                del self._failed[name]
                (self._folder / name).unlink(missing_ok=True)
