"""Content-Encoding undone piece by piece, so that a bomb is noticed long before it is unpacked."""

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Final, Protocol

import zstandard

from schemas.errors import InvalidEvent

_PIECE: Final = 64 * 1024
_ZSTD_PIECE: Final = 64  # a block takes 4 bytes and gives at most 128 KiB: 2 MiB a piece
_XZ_MEMORY: Final = 96 * 1024 * 1024  # `xz -9` asks 65 MiB of whoever reads it
_ZSTD_WINDOW: Final = 8 * 1024 * 1024  # what RFC 8878 asks every decoder to support


class Decoder(Protocol):
    """Fed in order; `finish` raises InvalidEvent when the bytes end too early."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Pieces of bounded size. Raises InvalidEvent("undecodable")."""

    def finish(self) -> bytes:
        """What is left."""

    @property
    def whole(self) -> bool:
        """Whether no stream is under way: another decoder could go on from here."""


class _Identity:
    def feed(self, data: bytes) -> Iterator[bytes]:
        yield data

    def finish(self) -> bytes:
        return b""

    @property
    def whole(self) -> bool:
        return True


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

    @property
    def whole(self) -> bool:
        return not self._begun or self._inner.eof


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

    @property
    def whole(self) -> bool:
        return not self._begun or self._inner.eof


class _Stepwise:
    """bzip2 and xz: of several streams, one after the other, each is decoded."""

    def __init__(self, new: Callable[[], Any], wrong: type[Exception]) -> None:
        self._new = new
        self._wrong = wrong
        self._inner = new()
        self._begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        try:
            while data or self._pending:
                if self._inner.eof:
                    self._inner = self._new()
                self._begun = True
                yield self._inner.decompress(data, _PIECE)
                data = self._inner.unused_data if self._inner.eof else b""
        except (self._wrong, EOFError, ValueError) as error:
            raise InvalidEvent("undecodable", str(error)) from error

    @property
    def _pending(self) -> bool:
        return self._begun and not (self._inner.eof or self._inner.needs_input)

    def finish(self) -> bytes:
        if self._begun and not self._inner.eof:
            raise InvalidEvent("undecodable", "the compressed bytes end too early")
        return b""

    @property
    def whole(self) -> bool:
        return not self._begun or bool(self._inner.eof)


DECODERS: Final[dict[str, Callable[[], Decoder]]] = {
    "": _Identity,
    "identity": _Identity,
    "gzip": lambda: _Zlib(31),
    "x-gzip": lambda: _Zlib(31),
    "deflate": lambda: _Zlib(15),
    "zstd": _Zstd,
}
# Of files, by the names that `connectors.sources.opening.compression_of` gives.
FILE_DECODERS: Final[dict[str, Callable[[], Decoder]]] = {
    "": _Identity,
    "gzip": lambda: _Zlib(31),
    "bzip2": lambda: _Stepwise(bz2.BZ2Decompressor, OSError),
    "xz": lambda: _Stepwise(lambda: lzma.LZMADecompressor(memlimit=_XZ_MEMORY), lzma.LZMAError),
    "zstd": _Zstd,
}
