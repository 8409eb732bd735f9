"""What the parts write: one bounded file each, and a merged view of all for whoever watches."""

import asyncio
import contextlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import Final

# Given the name of a part and one line that it wrote.
View = Callable[[str, str], None]

FILE_BYTES: Final = 16 * 1024 * 1024
KEPT_FILES: Final = 2
_LONGEST_LINE_BYTES: Final = 64 * 1024
_PIPE_BYTES: Final = 64 * 1024  # what a pipe holds at most


class PartLog:
    """The log of one part: NAME.log, and NAME.log.1 (newest) to NAME.log.2 before it."""

    def __init__(
        self, path: Path, view: View, *, file_bytes: int = FILE_BYTES, kept: int = KEPT_FILES
    ) -> None:
        self.path = path
        self._view = view
        self._file_bytes = file_bytes
        self._kept = kept
        self._tail = b""
        self._file = self._opened()

    def write(self, chunk: bytes) -> None:
        """Appends what a part wrote. A file ends with a whole line, as far as lines are short."""
        *lines, self._tail = (self._tail + chunk).split(b"\n")
        if len(self._tail) > _LONGEST_LINE_BYTES:
            lines, self._tail = [*lines, self._tail], b""
        for line in lines:
            self._append(line)

    def close(self) -> None:
        """Writes what has no newline yet."""
        if self._tail:
            self._append(self._tail)
            self._tail = b""
        self._file.close()

    def _append(self, line: bytes) -> None:
        with contextlib.suppress(OSError):  # a full disk costs lines, not the part
            if self._file.closed:  # a rotation has failed half-way
                self._file = self._opened()
            if self._file.tell() + len(line) >= self._file_bytes:
                self._rotate()
            self._file.write(line + b"\n")
        self._view(self.path.stem, line.decode("utf-8", "replace"))

    def _rotate(self) -> None:
        self._file.close()
        for number in range(self._kept, 0, -1):
            newer = self._numbered(number - 1)
            if newer.exists():
                newer.replace(self._numbered(number))
        self._file = self._opened()

    def _opened(self) -> FileIO:
        file = self.path.open("ab", buffering=0)
        self.path.chmod(0o600)
        return file

    def _numbered(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}") if number else self.path


@contextmanager
def piped_to(log: PartLog) -> Iterator[int]:
    """A descriptor for a process to write to; what arrives is appended while the loop runs.

    We hold both ends, so a child that outlives its part keeps nobody waiting for an end of file.
    """
    read_end, write_end = os.pipe()
    os.set_blocking(read_end, False)

    def copy() -> None:
        try:
            log.write(os.read(read_end, _PIPE_BYTES))
        except BlockingIOError:
            return

    loop = asyncio.get_running_loop()
    loop.add_reader(read_end, copy)
    try:
        yield write_end
    finally:
        loop.remove_reader(read_end)
        copy()
        os.close(write_end)
        os.close(read_end)
