"""Uploaded bytes to portions: the same ones however they came, nothing that is no log."""

import bz2
import gzip
import io
import lzma
import random
import tarfile
import zipfile

import pytest
import zstandard

from api.unpacking import Held, Unpacker
from connectors.sources.cutting import Portion

_PACKERS = {
    "plain": lambda data: data,
    "gzip": gzip.compress,
    "gzip of two members": lambda d: (
        gzip.compress(d[: len(d) // 3]) + gzip.compress(d[len(d) // 3 :])
    ),
    "bzip2": bz2.compress,
    "bzip2 of two streams": lambda d: bz2.compress(d[:1000]) + bz2.compress(d[1000:]),
    "xz": lzma.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}


def log(lines: int, seed: int = 1) -> bytes:
    """Lines of many lengths; the last has no newline."""
    dice = random.Random(seed)
    made = [b"%d %s" % (n, b"x" * dice.randrange(300)) for n in range(lines)]
    made[lines // 2] = b"long " + b"y" * (3 * 1024 * 1024)
    return b"\n".join(made)


def fed(unpacker: Unpacker, data: bytes, size: int) -> list[Portion]:
    found: list[Portion] = []
    for at in range(0, len(data), size):
        if unpacker.fault is None:
            found += unpacker.feed(data[at : at + size])
    return found


def shown(portions: list[Portion]) -> list[tuple[int, int, list[bytes]]]:
    return [(portion.start, portion.end, portion.lines) for portion in portions]


@pytest.mark.parametrize("size", [1000, 65_536])
@pytest.mark.parametrize("packing", _PACKERS)
def test_portions_hang_on_the_bytes_alone(packing: str, size: int) -> None:
    data = log(9_000)
    packed = _PACKERS[packing](data)
    once = Unpacker(Held())
    whole = fed(once, packed, len(packed)) + once.end()
    again = Unpacker(Held())
    parts = fed(again, packed, size) + again.end()
    assert once.fault is again.fault is None
    assert shown(parts) == shown(whole)
    lines = [line for portion in parts for line in portion.lines]
    wanted = data.split(b"\n")
    wanted[4_500] = wanted[4_500][: 1024 * 1024 + 1]
    assert lines == wanted
    assert parts[-1].end == len(data)


@pytest.mark.parametrize("cut", [1, 5, 300, 511, 70_000, 900_000, 2_500_000, 4_000_000])
def test_what_is_held_is_enough_to_go_on(cut: int) -> None:
    data = log(9_000)
    whole = Unpacker(Held())
    wanted = fed(whole, data, 65_536) + whole.end()
    first = Unpacker(Held())
    before = fed(first, data[:cut], 65_536)
    second = Unpacker(first.held)
    after = fed(second, data[cut:], 65_536) + second.end()
    assert shown(before + after) == shown(wanted)


@pytest.mark.parametrize("cut", [3, 20, 9_000])
def test_a_compressed_file_begun_again_passes_over_what_was_sent(cut: int) -> None:
    data = log(9_000)
    packed = gzip.compress(data)
    whole = Unpacker(Held())
    wanted = fed(whole, packed, 4096) + whole.end()
    first = Unpacker(Held())
    before = fed(first, packed[:-cut], 4096)
    held = first.held._replace(received=0, carry=b"", long_bytes=0)
    second = Unpacker(held)
    after = fed(second, packed, 4096) + second.end()
    assert shown(before + after) == shown(wanted)


def test_another_decoder_goes_on_between_two_members() -> None:
    one, two = gzip.compress(b"a\n" * 400), gzip.compress(b"b\n" * 400)
    first = Unpacker(Held())
    before = fed(first, one, 4096)
    assert first.held.whole
    second = Unpacker(first.held)
    after = fed(second, two, 4096) + second.end()
    assert [line for p in before + after for line in p.lines] == [b"a"] * 400 + [b"b"] * 400


def _zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("app.log", b"a line\n" * 1000)
    return file.getvalue()


def _tar() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        info = tarfile.TarInfo("app.log")
        info.size = 7
        archive.addfile(info, io.BytesIO(b"a line\n"))
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "reason", "said"),
    [
        (_zip(), "archive", "zip"),
        (_tar(), "archive", "tar"),
        (gzip.compress(_tar()), "archive", "tar"),
        (b"7z\xbc\xaf\x27\x1c" + b"\0" * 600, "archive", "7z"),
        (b"Rar!\x1a\x07\x01\x00" + b"\1" * 600, "archive", "rar"),
        (b"\x89PNG\r\n\x1a\n" + b"\1" * 600, "binary", "PNG"),
        (b"abc\0\0\0\0" * 100, "binary", "NUL"),
        (gzip.compress(b"x" * 30_000_000), "expansion", "200"),
        (gzip.compress(b"a line\n" * 3_000_000, 9), "expansion", "200"),
        (gzip.compress(b"a line\n" * 1000)[:-10], "undecodable", "too early"),
        (b"\x1f\x8b" + b"no gzip at all", "undecodable", ""),
    ],
    ids=["zip", "tar", "tar.gz", "7z", "rar", "png", "nul", "bomb", "lines", "cut", "damaged"],
)
def test_what_is_no_log_is_refused(data: bytes, reason: str, said: str) -> None:
    unpacker = Unpacker(Held())
    found = fed(unpacker, data, 65_536)
    if unpacker.fault is None:
        found += unpacker.end()
    assert unpacker.fault is not None
    assert unpacker.fault.reason == reason
    assert said in unpacker.fault.detail
    taken = sum(portion.end - portion.start for portion in found)
    assert taken <= 200 * len(data) + 1024 * 1024


def test_a_small_file_may_compress_well() -> None:
    unpacker = Unpacker(Held())
    found = fed(unpacker, gzip.compress(b"a\n" * 100_000), 65_536)
    found += unpacker.end()
    assert unpacker.fault is None
    assert sum(len(portion.lines) for portion in found) == 100_000


def test_an_empty_file_has_no_lines() -> None:
    unpacker = Unpacker(Held())
    assert unpacker.end() == []
    assert unpacker.fault is None
