"""Finds in the book the reading that a file continues: grown, renamed, copied away or compressed.

The same inode with fitting content is the same file. Another inode is taken for the same file
only when its content fits and the file that was read is gone from its directory; so a copy beside
its original is a file of its own, and a rotated file keeps what is its own.
"""

import os
from pathlib import Path

from connectors.sources.book import Book, Origin, Place
from connectors.sources.marks import HEAD_BYTES, Mark, digest
from connectors.sources.opening import CorruptError, open_stream


def place_of(path: Path) -> Place:
    """Raises OSError when the path leads nowhere."""
    found = path.stat()
    return Place(path.absolute(), found.st_dev, found.st_ino)


def first_kib(path: Path) -> bytes:
    """A file's first KiB after decompression. Raises OSError or CorruptError."""
    with open_stream(path) as stream:
        return stream.read_all(HEAD_BYTES)


def holds(path: Path, mark: Mark) -> bool:
    """Whether the file's content is what the mark remembers; False when it cannot be read."""
    try:
        with open_stream(path) as stream:
            head = stream.read_all(mark.head_bytes)
            if digest(head) != mark.head:
                return False  # before a long way to the tail of a compressed file
            tail_start = mark.offset - mark.tail_bytes
            tail = head[tail_start:]
            stream.skip_to(tail_start)
            tail += stream.read_all(mark.tail_bytes - len(tail))
    except (OSError, CorruptError):
        return False
    return mark.fits(head, tail)


def recognise(book: Book, scope: str, place: Place, head: bytes) -> Origin | None:
    """The reading that the file at `place` continues, moved there; None for a new file."""
    for origin in book.candidates(scope, place, head):
        if not holds(place.path, origin.mark):
            continue
        if _inode(origin.place) == _inode(place):
            return origin if origin.place == place else book.moved(origin, place)
        likely = origin.place.path == place.path or origin.mark.head_bytes == HEAD_BYTES
        if likely and not _survives(origin):
            return book.moved(origin, place)
    return None


def rotated_to(origin: Origin) -> Path | None:
    """Where a file lies that was renamed, copied or compressed away: beside its old path.

    Its new name starts with the old one, or its inode is the same.
    """
    old, taken = origin.place, origin.mark.offset > 0
    beside = [
        path
        for path, inode in _beside(old.path)
        if inode == old.inode or (taken and path.name.startswith(old.path.name))
    ]
    return next((path for path in beside if holds(path, origin.mark)), None)


def _survives(origin: Origin) -> bool:
    """Whether the inode that was read is still in its directory, under whatever name."""
    return any(
        inode == origin.place.inode and holds(path, origin.mark)
        for path, inode in _beside(origin.place.path)
    )


def _beside(path: Path) -> list[tuple[Path, int]]:
    try:
        with os.scandir(path.parent) as entries:
            return sorted((Path(entry.path), entry.inode()) for entry in entries)
    except OSError:
        return []


def _inode(place: Place) -> tuple[int, int]:
    return place.device, place.inode
