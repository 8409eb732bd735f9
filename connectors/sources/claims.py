"""One reader a file: claims that die with the process that holds them.

Byte-range locks of the kernel on one file, a byte for each claimed inode, so that nothing is left
to clean up after kill -9.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas.errors import UserError


class Claims:
    """Claims of this process; open one instance a process, as closing it lets all of them go."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._held: set[int] = set()  # the kernel would let one process claim twice

    def claim(self, device: int, inode: int) -> bool:
        """False when somebody reads this file: another process, or another reader in this one."""
        byte = _byte_of(device, inode)
        if byte in self._held:
            return False
        try:
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
        except (BlockingIOError, PermissionError):
            return False
        self._held.add(byte)
        return True

    def release(self, device: int, inode: int) -> None:
        """Let one file go."""
        byte = _byte_of(device, inode)
        fcntl.lockf(self._descriptor, fcntl.LOCK_UN, 1, byte)
        self._held.discard(byte)


@contextmanager
def open_claims(path: Path) -> Iterator[Claims]:
    """Claims on the lock file `path`. Raises UserError when it cannot be created."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise UserError(
            f"{path}: {error.strerror}", "make the data directory writable, or name another"
        ) from error
    try:
        yield Claims(descriptor)
    finally:
        os.close(descriptor)


def _byte_of(device: int, inode: int) -> int:
    digest = hashlib.blake2b(f"{device}:{inode}".encode(), digest_size=7)
    return int.from_bytes(digest.digest(), "big")
