"""Opens a file or standard input as a stream of plain bytes, whatever it is compressed with.

Compression is told by the first bytes, never by the name. Memory does not grow with the file, nor
with how well it is compressed.
"""

import bz2
import gzip
import io
import lzma
import os
import select
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

import zstandard

from connectors.sources.zstd import ZstdFile

CHUNK: Final = 1024 * 1024
_LOOK_MILLISECONDS: Final = 200
_DECODERS: Final[dict[bytes, tuple[str, Callable[[IO[bytes]], Any]]]] = {
    b"\x1f\x8b": ("gzip", lambda file: gzip.GzipFile(fileobj=file)),
    b"BZh": ("bzip2", bz2.BZ2File),
    b"\xfd7zXZ\x00": ("xz", lzma.LZMAFile),
    b"\x28\xb5\x2f\xfd": ("zstd", ZstdFile),
}
_DECODING_FAILS: Final = (EOFError, zlib.error, lzma.LZMAError, zstandard.ZstdError)


class CorruptError(Exception):
    """The compressed stream is damaged or cut short; what was read before it is good."""


class Stream:
    """Bytes of one origin from the first to the last; `offset` counts them after decompression."""

    def __init__(self, raw: "_Raw", compression: str, decoded: Any) -> None:
        self._raw = raw
        self._decoded = decoded
        self.compression = compression
        self.offset = 0
        self._last = b""

    @property
    def consumed(self) -> int:
        """Bytes of the file itself read so far: with its size, how far along we are."""
        return self._raw.consumed

    @property
    def mid_line(self) -> bool:
        """Whether the byte before `offset` belongs to a line that it does not end."""
        return self._last not in (b"", b"\n")

    def read(self, size: int = CHUNK) -> bytes:
        """At least one byte and at most `size`, b"" at the end. Blocks while there is none.

        Raises CorruptError, or OSError when the device fails.
        """
        try:
            data: bytes = self._decoded.read1(size)
        except _DECODING_FAILS as error:
            raise CorruptError(f"{self.compression}: {error}") from error
        except OSError as error:
            if error.errno is None:  # bzip2 and gzip say "invalid data" this way
                raise CorruptError(f"{self.compression}: {error}") from error
            raise
        self.offset += len(data)
        self._last = data[-1:] or self._last
        return data

    def read_all(self, size: int) -> bytes:
        """Exactly `size` bytes, fewer only at the end."""
        parts = []
        while size > 0 and (data := self.read(size)):
            parts.append(data)
            size -= len(data)
        return b"".join(parts)

    def skip_to(self, offset: int) -> None:
        """Forwards to `offset`, or to the end where that comes first.

        The byte before it is read, never jumped over, so that `mid_line` can tell.
        """
        before = offset - 1
        if before > self.offset and not self.compression and self._raw.jump(before):
            self.offset = before
        while self.offset < offset and self.read(min(CHUNK, offset - self.offset)):
            pass

    def stop(self) -> None:
        """From any thread: a read that waits for more ends as if the stream did."""
        self._raw.stopped = True


class _Raw(io.RawIOBase):
    """A descriptor, unbuffered; a read that waits looks now and then whether it should stop."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._ready = select.poll()  # select() fails beyond 1,024 open files
        self._ready.register(descriptor, select.POLLIN)
        self._first = b""
        self.consumed = 0
        self.stopped = False

    def first(self) -> bytes:
        """As many bytes as tell the compression; they stay to be read."""
        while any(magic.startswith(self._first) for magic in _DECODERS if magic != self._first):
            data = self._wait_and_read(1)
            if not data:
                break
            self._first += data
        return self._first

    def readable(self) -> bool:
        return True

    def jump(self, offset: int) -> bool:
        """False when this is no file that can be read from anywhere."""
        try:
            self.consumed = os.lseek(self._descriptor, offset, os.SEEK_SET)
        except OSError:
            return False
        self._first = b""
        return True

    def readinto(self, buffer: Any, /) -> int:
        data = self.read1(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def read1(self, size: int) -> bytes:
        data, self._first = self._first[:size], self._first[size:]
        data = data or self._wait_and_read(size)
        self.consumed += len(data)
        return data

    def _wait_and_read(self, size: int) -> bytes:
        while not self.stopped:
            if self._ready.poll(_LOOK_MILLISECONDS):
                return os.read(self._descriptor, size)
        return b""


@contextmanager
def open_stream(path: Path | None) -> Iterator[Stream]:
    """The content of `path`, None: of standard input. Raises OSError when it cannot be opened."""
    descriptor = 0 if path is None else os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        raw = _Raw(descriptor)
        magic = raw.first()
        compression, decoder = _DECODERS.get(magic, ("", None))
        yield Stream(raw, compression, decoder(io.BufferedReader(raw)) if decoder else raw)
    finally:
        if path is not None:
            os.close(descriptor)


def compression_of(first_bytes: bytes) -> str:
    """The name of the compression that a file starts with, "" for none."""
    return next(
        (name for magic, (name, _) in _DECODERS.items() if first_bytes.startswith(magic)), ""
    )
