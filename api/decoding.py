"""Content-Encoding undone piece by piece, so that a bomb is noticed long before it is unpacked."""

import zlib
from collections.abc import Callable, Iterator
from typing import Final, Protocol

import zstandard

from schemas.errors import InvalidEvent

_PIECE: Final = 64 * 1024
_ZSTD_PIECE: Final = 64  # a block takes 4 bytes and gives at most 128 KiB: 2 MiB a piece
_ZSTD_WINDOW: Final = 8 * 1024 * 1024  # what RFC 8878 asks every decoder to support


class Decoder(Protocol):
    """Fed in order; `finish` raises InvalidEvent when the bytes end too early."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Pieces of bounded size. Raises InvalidEvent("undecodable")."""

    def finish(self) -> bytes:
        """What is left."""


class _Identity:
    def feed(self, data: bytes) -> Iterator[bytes]:
        yield data

    def finish(self) -> bytes:
        return b""


class _Zlib:
    """Of several gzip members, one after the other, each is decoded."""

    def __init__(self, window: int) -> None:
        self._window = window
        self._inner = zlib.decompressobj(window)
        self._begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        try:
            while data:
                if self._inner.eof:
                    self._inner = zlib.decompressobj(self._window)
                self._begun = True
                yield self._inner.decompress(data, _PIECE)
                data = self._inner.unused_data or self._inner.unconsumed_tail
        except zlib.error as error:
            raise InvalidEvent("undecodable", str(error)) from error

    def finish(self) -> bytes:
        rest = self._inner.flush()
        if self._begun and not self._inner.eof:
            raise InvalidEvent("undecodable", "the compressed bytes end too early")
        return rest


class _Zstd:
    def __init__(self) -> None:
        self._outer = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
        self._inner = self._outer.decompressobj()
        self._begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        try:
            for at in range(0, len(data), _ZSTD_PIECE):
                piece = data[at : at + _ZSTD_PIECE]
                while piece:
                    if self._inner.eof:
                        self._inner = self._outer.decompressobj()
                    self._begun = True
                    yield self._inner.decompress(piece)
                    piece = self._inner.unused_data
        except zstandard.ZstdError as error:
            raise InvalidEvent("undecodable", str(error)) from error

    def finish(self) -> bytes:
        if self._begun and not self._inner.eof:
            raise InvalidEvent("undecodable", "the compressed bytes end too early")
        return b""


DECODERS: Final[dict[str, Callable[[], Decoder]]] = {
    "": _Identity,
    "identity": _Identity,
    "gzip": lambda: _Zlib(31),
    "x-gzip": lambda: _Zlib(31),
    "deflate": lambda: _Zlib(15),
    "zstd": _Zstd,
}
