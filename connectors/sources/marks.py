"""How a file is known again: by what it holds, not by its name or inode alone.

A mark remembers how far a file was taken, a digest of its first bytes and one of the last bytes
taken. Another name, inode or compression does not matter as long as both still fit; a rewritten
file with the same banner does not fit. Pure: callers read the bytes.
"""

import hashlib
import secrets
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, Self

HEAD_BYTES: Final = 1024


def digest(data: bytes) -> bytes:
    """16 bytes that tell contents apart."""
    return hashlib.blake2b(data, digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class Mark:
    """Bytes [0, offset) of a file were taken; the digests are of their first and last bytes."""

    offset: int
    head_bytes: int
    head: bytes
    tail_bytes: int
    tail: bytes

    @classmethod
    def at(cls, offset: int, head: bytes, tail: bytes) -> Self:
        """`head` = the file's first KiB, as far as it goes; `tail` = some bytes before `offset`."""
        known = head[: min(offset, HEAD_BYTES)]
        return cls(offset, len(known), digest(known), len(tail), digest(tail))

    def fits(self, head: bytes, tail: bytes) -> bool:
        """Whether a file's first `head_bytes`, and `tail_bytes` before `offset`, are the same."""
        return (digest(head), digest(tail)) == (self.head, self.tail)


START: Final = Mark.at(0, b"", b"")


def new_fingerprint(head: bytes) -> str:
    """A name for one reading of one file, unique for ever: digest of its start and a random part.

    The random part keeps apart files that start alike, also on different machines, and the
    readings of one file that is counted again.
    """
    return f"{digest(head[:HEAD_BYTES])[:8].hex()}-{secrets.token_hex(8)}"


class Change(Enum):
    """What became of a followed file since the last look."""

    NONE = auto()
    GROWN = auto()
    REWRITTEN = auto()  # shorter, or other content below our offset: copytruncate
    MOVED = auto()  # its path now leads to another file, or to none


def change(read: int, size: int, fits: bool, in_place: bool) -> Change:
    """The verdict on an open file.

    `read` = bytes read so far, `size` = its length now, `fits` = its mark still fits, `in_place`
    = its path still leads to it. What is left of a moved file is read before it is let go.
    """
    if size < read or not fits:
        return Change.REWRITTEN
    if size > read:
        return Change.GROWN
    return Change.NONE if in_place else Change.MOVED
