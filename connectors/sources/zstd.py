"""Notices a Zstandard stream that was cut short, which the library's reader passes over in silence.

Follows the frame and block headers (RFC 8878, section 3) of the bytes that pass; decodes nothing.
"""

import io
from typing import IO, Final, cast

import zstandard

_MAGIC: Final = b"\x28\xb5\x2f\xfd"
_DICTIONARY_ID_BYTES: Final = (0, 1, 2, 4)
_CONTENT_SIZE_BYTES: Final = (0, 2, 4, 8)
_RLE: Final = 1  # one byte stands for a whole block


class Frames:
    """Feed the compressed bytes in order; `complete` says whether they end between two frames."""

    def __init__(self) -> None:
        self._rest = b""
        self._skip = 0
        self._in_frame = False
        self._checksum = 0

    @property
    def complete(self) -> bool:
        """True before the first byte, and after the last of each frame."""
        return not (self._in_frame or self._skip or self._rest)

    def feed(self, data: bytes) -> None:
        """Bytes that are no Zstandard at all are left to the decoder's own complaint."""
        if self._skip >= len(data) and not self._rest:
            self._skip -= len(data)
            return
        data = self._rest + data[self._skip :]
        self._skip, at = 0, 0
        while (step := self._step(data, at)) and (at := at + step) <= len(data):
            pass
        self._skip = max(0, at - len(data))
        self._rest = data[at:]

    def _step(self, data: bytes, at: int) -> int:
        """Bytes from `at` to the next header; 0 when more must be seen first."""
        if self._in_frame:
            return self._block(data[at : at + 3])
        header = data[at : at + 8]
        if len(header) < 8:
            return 0
        if header[:4] != _MAGIC:  # a skippable frame
            return 8 + int.from_bytes(header[4:8], "little")
        descriptor = header[4]
        single_segment = bool(descriptor & 0x20)
        self._checksum = 4 if descriptor & 0x04 else 0
        self._in_frame = True
        size = _CONTENT_SIZE_BYTES[descriptor >> 6] or int(single_segment)
        return 5 + (not single_segment) + _DICTIONARY_ID_BYTES[descriptor & 0x03] + size

    def _block(self, header: bytes) -> int:
        if len(header) < 3:
            return 0
        value = int.from_bytes(header, "little")
        size = 1 if (value >> 1) & 0x03 == _RLE else value >> 3
        if value & 1:
            self._in_frame = False
            size += self._checksum
        return 3 + size


class _Watched(io.RawIOBase):
    """Shows every byte that is read to `frames`."""

    def __init__(self, file: IO[bytes], frames: Frames) -> None:
        self._file = file
        self._frames = frames

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        data = self._file.read(size)
        self._frames.feed(data)
        return data


class ZstdFile:
    """The content of a Zstandard file of any number of frames, forwards only."""

    def __init__(self, file: IO[bytes]) -> None:
        self._frames = Frames()
        self._reader = zstandard.ZstdDecompressor().stream_reader(
            cast("IO[bytes]", _Watched(file, self._frames)), read_across_frames=True
        )

    def read1(self, size: int) -> bytes:
        """Some bytes, b"" at the end.

        Raises EOFError when the file was cut short, zstandard.ZstdError when it is corrupt.
        """
        data = self._reader.read1(size)
        if not data and not self._frames.complete:
            raise EOFError("the stream ends within a frame")
        return data
