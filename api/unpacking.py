"""An uploaded file as it comes, to portions of lines. Pure: bytes in, portions out, memory bounded.

Portions depend on the bytes alone, not on the pieces that they came in: whoever begins again at
the end of a portion gets the same ones, and their ranges tell repeats apart.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from api.decoding import FILE_DECODERS, Decoder
from connectors.sources.contents import HEAD_BYTES, archive_of, no_text
from connectors.sources.cutting import Cutter, Portion
from connectors.sources.opening import compression_of
from schemas.errors import InvalidEvent

RATIO: Final = 200
_ALWAYS_ALLOWED: Final = 1024 * 1024  # short files of one repeated line compress well
_MAGIC_BYTES: Final = 6  # the longest that tells a compression


class Held(NamedTuple):
    """What is kept of an upload between two pieces; see the table `uploads`."""

    compression: str | None = None
    received: int = 0
    whole: bool = True
    taken: int = 0
    carry: bytes = b""
    long_bytes: int = 0


class Unpacker:
    """Feed the file in order.

    One that begins at byte 0 of a compressed file whose first `held.taken` bytes were sent before
    passes over them; one of a plain file goes on anywhere.
    """

    def __init__(self, held: Held) -> None:
        self.compression = held.compression
        self.received = held.received
        self.fault: InvalidEvent | None = None
        self._decoder: Decoder | None = None
        self._first = b""
        self._head: bytes | None = None
        self._skip = 0
        self._out = 0  # decompressed from the bytes that were fed here
        self._in = 0
        again = bool(held.compression) and held.received == 0
        if held.compression is None:
            self._first, self._cutter = held.carry, Cutter(held.taken)
            self._skip = held.taken
        elif again:
            self._cutter, self._skip = Cutter(held.taken), held.taken
        else:
            self._cutter = Cutter.resumed(held.taken, held.carry, held.long_bytes)
            self._decoder = FILE_DECODERS[held.compression]()
        if held.taken == 0 and not held.long_bytes:
            # Not told yet what it is: what was held is looked at again.
            self._head = b"" if again or held.compression is None else held.carry
            self._cutter = Cutter(0)

    @property
    def held(self) -> Held:
        """What has to be kept to go on; when `feed` has given what it can."""
        if self.compression is None:
            return Held(None, self.received, True, self._cutter.taken, self._first, 0)
        carry, long_bytes = self._cutter.held
        if self._head is not None:
            carry = self._head
        whole = self._decoder is None or self._decoder.whole
        return Held(self.compression, self.received, whole, self._cutter.taken, carry, long_bytes)

    def feed(self, data: bytes) -> list[Portion]:
        """The next bytes, at most some 100 KiB: all that they decompress to is held at once.

        What is wrong with them becomes the `fault`: archive, binary, expansion, undecodable. The
        portions returned are those before it.
        """
        self.received += len(data)
        if self.compression is None:
            self._first += data
            if len(self._first) < _MAGIC_BYTES:
                return []
            data = self._begin()
        found: list[Portion] = []
        try:
            for piece in self._decoded(data):
                found += self._cut(piece)
        except InvalidEvent as error:
            self.fault = error
        return found

    def end(self) -> list[Portion]:
        """After the last byte; `fault` as for `feed`."""
        data = self._begin() if self.compression is None else b""
        found = []
        try:
            for piece in self._decoded(data):
                found += self._cut(piece)
            if self._decoder is not None:
                found += self._cut(self._decoder.finish())
            if self._head is not None:
                found += self._looked_at(self._head)
            found += self._cutter.portions(end=True)
        except InvalidEvent as error:
            self.fault = error
        return found

    def _begin(self) -> bytes:
        data, self._first = self._first, b""
        self.compression = compression_of(data)
        return data

    def _decoded(self, data: bytes) -> Iterator[bytes]:
        if self._decoder is None:
            self._decoder = FILE_DECODERS[self.compression or ""]()
        self._in += len(data)
        for piece in self._decoder.feed(data):
            self._out += len(piece)
            if self._out > RATIO * self._in + _ALWAYS_ALLOWED:
                raise InvalidEvent(
                    "expansion", f"it grows to more than {RATIO} times its size when decompressed"
                )
            yield piece

    def _cut(self, piece: bytes) -> list[Portion]:
        if self._skip:
            passed = min(self._skip, len(piece))
            self._skip -= passed
            piece = piece[passed:]
        if self._head is not None:
            self._head += piece
            return self._looked_at(self._head) if len(self._head) >= HEAD_BYTES else []
        self._cutter.feed(piece)
        return self._cutter.portions()

    def _looked_at(self, head: bytes) -> list[Portion]:
        self._head = None
        if archive := archive_of(head):
            raise InvalidEvent(
                "archive", f"it is a {archive} archive; send the files that it holds one by one"
            )
        if reason := no_text(head):
            raise InvalidEvent("binary", f"{reason}; send text, one line a record")
        self._cutter.feed(head)
        return self._cutter.portions()
