"""Streams: every compression by content, damage noticed, waiting reads that can be stopped."""

import bz2
import gzip
import lzma
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from connectors.sources.opening import CorruptError, Stream, compression_of, open_stream

DATA = b"".join(b"%06d %s\n" % (n, os.urandom(4).hex().encode()) for n in range(30_000))


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(data)


COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstd,
}


def everything(stream: Stream) -> bytes:
    found = []
    while data := stream.read():
        found.append(data)
    return b"".join(found)


@pytest.mark.parametrize("name", COMPRESSIONS)
def test_compression_is_told_by_content_also_in_several_parts(tmp_path: Path, name: str) -> None:
    path = tmp_path / "no-suffix"
    compress = COMPRESSIONS[name]
    path.write_bytes(compress(DATA[:1000]) + compress(DATA[1000:]))
    with open_stream(path) as stream:
        assert stream.compression == name == compression_of(path.read_bytes()[:8])
        assert everything(stream) == DATA
        assert stream.consumed == path.stat().st_size


@pytest.mark.parametrize("missing", [1, 5, 1000])
@pytest.mark.parametrize("name", COMPRESSIONS)
def test_a_file_cut_short_gives_what_it_has_and_is_damaged(
    tmp_path: Path, name: str, missing: int
) -> None:
    path = tmp_path / "cut"
    path.write_bytes(COMPRESSIONS[name](DATA)[:-missing])
    found = bytearray()
    with open_stream(path) as stream, pytest.raises(CorruptError, match=name):
        found.extend(byte for data in iter(stream.read, b"") for byte in data)
    assert DATA.startswith(bytes(found))


@pytest.mark.parametrize("name", ["", *COMPRESSIONS])
@pytest.mark.parametrize("offset", [0, 1, 7, 100_000, len(DATA)])
def test_reading_goes_on_anywhere(tmp_path: Path, name: str, offset: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(COMPRESSIONS[name](DATA) if name else DATA)
    with open_stream(path) as stream:
        stream.skip_to(offset)
        assert stream.offset == offset
        assert stream.mid_line == (offset > 0 and DATA[offset - 1 : offset] != b"\n")
        assert everything(stream) == DATA[offset:]


@pytest.mark.parametrize("data", [b"", b"B", b"BZ", b"\x1f", b"\xfd7zX", b"plain\n"])
def test_what_only_starts_like_a_compression_is_plain(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    with open_stream(path) as stream:
        assert stream.compression == ""
        assert everything(stream) == data


def test_a_small_file_that_unpacks_to_much_is_read_in_small_pieces(tmp_path: Path) -> None:
    path = tmp_path / "bomb"
    path.write_bytes(zstd(bytes(64 * 1024 * 1024)))
    with open_stream(path) as stream:
        sizes = [len(data) for data in iter(stream.read, b"")]
    assert sum(sizes) == 64 * 1024 * 1024
    assert max(sizes) <= 1024 * 1024


@pytest.mark.timeout(20)
def test_a_read_that_waits_can_be_stopped(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = os.open(path, os.O_RDWR)  # keeps the pipe open without a word
    os.write(writer, b"plain")
    try:
        with open_stream(path) as stream:
            assert stream.read_all(5) == b"plain"
            threading.Timer(0.1, stream.stop).start()
            assert stream.read() == b""
    finally:
        os.close(writer)
