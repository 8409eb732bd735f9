"""The data directory of one instance: what lies where, whose it is, and who holds it.

One supervisor at a time holds a directory (flock); the kernel lets go when that process ends, in
whatever way it ends.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from connectors.embedded.refusals import refused_for
from schemas.errors import UserError


@dataclass(frozen=True)
class Directory:
    """Absolute paths below the data directory."""

    root: Path

    @property
    def logs(self) -> Path:
        """One log file a process."""
        return self.root / "logs"

    @property
    def kafka(self) -> Path:
        """The broker's configuration and topics."""
        return self.root / "kafka"

    @property
    def valkey(self) -> Path:
        """The embedded Redis: its configuration, its data, and its password."""
        return self.root / "valkey"

    @property
    def ports(self) -> Path:
        """Which part listened where last time."""
        return self.root / "ports.json"

    @property
    def lock(self) -> Path:
        """Held by the supervisor, whose pid it says."""
        return self.root / "lock"

    @property
    def password(self) -> Path:
        """Of the embedded database's only user."""
        return self.root / "postgres.password"

    @property
    def influxdb(self) -> Path:
        """The metric history, where there is an influxd."""
        return self.root / "influxdb"

    @property
    def influxdb_token(self) -> Path:
        """With which everybody writes and reads the embedded InfluxDB."""
        return self.root / "influxdb.token"

    @property
    def influxdb_password(self) -> Path:
        """Of the embedded InfluxDB's own user, for its page in a browser."""
        return self.root / "influxdb.password"


def open_directory(root: Path) -> Directory:
    """Makes the data directory when it is not there. Raises UserError when it is another user's,
    or cannot be made.

    Root's directory may be crossed (not listed) by others, because its Postgres runs as nobody;
    what lies inside is closed by its own modes.
    """
    directory = Directory(root.resolve())
    with refused_for(directory.root):
        if not directory.root.exists():
            directory.root.mkdir(parents=True)
            directory.root.chmod(0o711 if os.geteuid() == 0 else 0o700)
        owner = directory.root.stat().st_uid
        if owner != os.geteuid():
            raise UserError(
                f"{directory.root} belongs to uid {owner}, this process runs as uid {os.geteuid()}",
                "run as its owner, or choose another directory with --data DIR",
            )
        for private in (directory.logs, directory.kafka, directory.valkey):
            private.mkdir(mode=0o700, exist_ok=True)
    return directory


@contextmanager
def held(directory: Directory) -> Iterator[None]:
    """Holds the directory for this process. Raises UserError naming the pid of who holds it, and
    when the lock cannot be written.
    """
    with ExitStack() as stack:
        with refused_for(directory.lock):
            lock = stack.enter_context(directory.lock.open("a+", encoding="utf-8"))
            _take(directory, lock)
        yield


def _take(directory: Directory, lock: TextIO) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise UserError(
            f"{directory.root} is in use by pid {_pid_in(lock) or 'unknown'}",
            "`foreshock down` stops it; another instance needs another --data DIR",
        ) from error
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()


def holder(directory: Directory) -> int | None:
    """The pid of the supervisor that holds the directory now. Raises UserError when the lock
    cannot be read.
    """
    with refused_for(directory.lock):
        if not directory.lock.exists():
            return None
        with directory.lock.open("r", encoding="utf-8") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return _pid_in(lock)
    return None


def _pid_in(lock: TextIO) -> int | None:
    lock.seek(0)
    text = lock.read().strip()
    return int(text) if text.isdigit() else None
