"""Finds in the book the reading that a file continues: grown, renamed, copied away or compressed.

The same inode with fitting content is the same file. Another inode is taken for the same file
only when its content fits and the file that was read is gone from its directory; so a copy beside
its original is a file of its own, and a rotated file keeps what is its own.
"""

import os
from pathlib import Path

from connectors.sources.book import Book, Origin, Place
from connectors.sources.marks import HEAD_BYTES, Mark
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
        if likely and not survives(origin):
            return book.moved(origin, place)
    return None


def survives(origin: Origin) -> bool:
    """Whether the file that was read still lies in its directory, under whatever name."""
    return where_is(origin) is not None


def where_is(origin: Origin) -> Path | None:
    """The path in its old directory that leads to the file that was read."""
    try:
        with os.scandir(origin.place.path.parent) as entries:
            same = [e.path for e in entries if e.inode() == origin.place.inode]
    except OSError:
        return None
    return next((Path(path) for path in same if holds(Path(path), origin.mark)), None)


def _inode(place: Place) -> tuple[int, int]:
    return place.device, place.inode
