"""Files read once, on a real broker: every line arrives, once, however often it is asked for."""

import asyncio
import bz2
import gzip
import json
import lzma
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from connectors.sources.cutting import CUT_TO
from connectors.sources.edge import Wish, open_files
from connectors.sources.marks import Mark
from connectors.sources.recognising import place_of
from schemas.errors import UserError
from tests.connectors.sources.support import (
    arrived,
    assert_every_byte_once,
    by_fingerprint,
    fresh,
    ingested,
    lines_of,
    start,
    truth,
)
from tests.stack import RunningStack

pytestmark = pytest.mark.stack

PLAIN = b"".join(
    b"Nov  3 10:00:%02d web app[%d]: request %d\n" % (n % 60, n, n) for n in range(3000)
)
HOSTILE = (
    b"crlf\r\nnul \0 inside\nvertical \x0b tab\nline sep \xe2\x80\xa8\nbad utf-8 \xff\xfe\xc3\n"
    b"\n\r\n\x1b[31mred\x1b[0m\nlone \r inside\nno newline at the end"
)


@pytest.mark.parametrize(
    "pack",
    [bytes, gzip.compress, bz2.compress, lzma.compress, zstandard.ZstdCompressor().compress],
    ids=["plain", "gzip", "bzip2", "xz", "zstd"],
)
async def test_every_line_arrives_whatever_it_is_packed_in(
    stack: RunningStack, tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    settings = await fresh(stack, tmp_path / "data")
    path = tmp_path / "app.log"
    path.write_bytes(pack(PLAIN))
    intake = await ingested(settings, path)
    records = await arrived(settings)
    assert lines_of(records) == truth(PLAIN)
    assert_every_byte_once(records, len(PLAIN))
    assert (intake.lines, intake.consumed) == (3000, path.stat().st_size)
    assert {r.batch.source for r in records} == {f"file:{path}"}
    assert all(r.batch.imported for r in records)


async def test_bytes_inside_lines_are_not_touched(stack: RunningStack, tmp_path: Path) -> None:
    settings = await fresh(stack, tmp_path / "data")
    path = tmp_path / "hostile"
    path.write_bytes(HOSTILE)
    await ingested(settings, path, wish=Wish(source="h", format="syslog"))
    (record, tail) = await arrived(settings)
    assert lines_of([record, tail]) == truth(HOSTILE)
    assert (record.batch.source, record.batch.format) == ("h", "syslog")
    assert tail.batch.lines == [b"no newline at the end"]


async def test_a_line_too_long_for_a_record_travels_cut_and_counts_once(
    stack: RunningStack, tmp_path: Path
) -> None:
    settings = await fresh(stack, tmp_path / "data")
    path = tmp_path / "long"
    long = os.urandom(3 * 1024 * 1024).replace(b"\n", b"x")
    data = b"before\n" + long + b"\nafter\n"
    path.write_bytes(data)
    intake = await ingested(settings, path)
    records = await arrived(settings)
    assert lines_of(records) == Counter([b"before", long[:CUT_TO], b"after"])
    assert_every_byte_once(records, len(data))
    assert intake.lines == 3


async def test_a_second_run_adds_nothing_and_again_adds_all(
    stack: RunningStack, tmp_path: Path
) -> None:
    settings = await fresh(stack, tmp_path / "data")
    path = tmp_path / "app.log"
    path.write_bytes(PLAIN)
    await ingested(settings, path)
    second = await ingested(settings, path)
    assert second.lines == 0
    assert second.as_json(1)["already_done"] == [str(path)]
    assert second.sources == [f"file:{path}"]
    third = await ingested(settings, path, wish=Wish(again=True))
    assert third.lines == 3000
    readings = by_fingerprint(await arrived(settings))
    assert len(readings) == 2
    for records in readings.values():
        assert_every_byte_once(records, len(PLAIN))


async def test_again_goes_on_with_a_repetition_that_was_cut_short(
    stack: RunningStack, tmp_path: Path
) -> None:
    settings = await fresh(stack, tmp_path / "data")
    path = tmp_path / "app.log"
    path.write_bytes(PLAIN)
    with open_files(settings) as (book, _claims):
        origin = book.open("", "s", place_of(path), "f", repeating=True)
        end = PLAIN.index(b"\n") + 1
        book.advance(origin, [], [(0, end)], Mark.at(end, PLAIN, PLAIN[:end]))
    await ingested(settings, path, wish=Wish(again=True))
    assert_every_byte_once(await arrived(settings), len(PLAIN))
    await ingested(settings, path, wish=Wish(again=True))
    assert len(by_fingerprint(await arrived(settings))) == 2


async def test_a_grown_file_goes_on_where_it_was_left(stack: RunningStack, tmp_path: Path) -> None:
    settings = await fresh(stack, tmp_path / "data")
    path = tmp_path / "app.log"
    grown = b""
    for part in (b"one\n", b"", b"two\nthr", b"\nfour", b"\n" + PLAIN):
        grown += part
        path.write_bytes(grown)
        await ingested(settings, path)
    records = await arrived(settings)
    assert_every_byte_once(records, len(grown))
    assert lines_of(records) == truth(grown)


async def test_a_folder_gives_its_text_files_and_says_why_not_the_others(
    stack: RunningStack, tmp_path: Path
) -> None:
    settings = await fresh(stack, tmp_path / "data")
    logs = tmp_path / "logs"
    (logs / "deep").mkdir(parents=True)
    (logs / "a.log").write_bytes(b"a\n")
    (logs / "deep" / "b.gz").write_bytes(gzip.compress(b"b\n"))
    (logs / "empty").write_bytes(b"")
    (logs / "wtmp").write_bytes(b"\1\0\0\0")
    os.mkfifo(logs / "pipe")
    intake = await ingested(settings, logs)
    assert lines_of(await arrived(settings)) == Counter([b"a", b"b"])
    skipped = {s["path"]: s["reason"] for s in intake.as_json(1)["skipped"]}
    assert skipped == {
        str(logs / "wtmp"): "binary (NUL in its first KiB)",
        str(logs / "pipe"): "not a regular file",
    }


async def test_damage_is_said_and_what_came_before_it_is_in(
    stack: RunningStack, tmp_path: Path
) -> None:
    settings = await fresh(stack, tmp_path / "data")
    path, other = tmp_path / "cut.gz", tmp_path / "sound.log"
    path.write_bytes(gzip.compress(PLAIN)[:-2000])
    other.write_bytes(b"sound\n")
    intake = await ingested(settings, path, other)
    (fault,) = intake.faults
    taken = intake.readings[0].tally.lines
    assert str(path) in str(fault)
    assert f"{taken} lines" in str(fault)
    assert 0 < taken < 3000
    path.write_bytes(gzip.compress(PLAIN))
    await ingested(settings, path, other)
    assert lines_of(await arrived(settings)) == truth(PLAIN) + Counter([b"sound"])


async def test_a_missing_file_is_named_with_a_remedy(stack: RunningStack, tmp_path: Path) -> None:
    settings = await fresh(stack, tmp_path / "data")
    intake = await ingested(settings, tmp_path / "nowhere.log")
    (fault,) = intake.faults
    assert "nowhere.log: No such file" in str(fault)
    assert fault.remedy


async def test_our_own_logs_are_refused_and_the_servers_taken(
    stack: RunningStack, tmp_path: Path
) -> None:
    settings = await fresh(stack, tmp_path / "data")
    logs = settings.data_dir / "logs"
    logs.mkdir(parents=True)
    for name in ("ingest-1.log", "kafka.log", "postgres.log"):
        (logs / name).write_bytes(f"{name}\n".encode())
    with pytest.raises(UserError, match=r"ingest-1\.log belongs to this instance"):
        await ingested(settings, logs / "ingest-1.log")
    intake = await ingested(settings, logs)
    assert lines_of(await arrived(settings)) == Counter([b"kafka.log", b"postgres.log"])
    assert [s.path.name for s in intake.skipped] == ["ingest-1.log"]


async def test_the_command_reads_standard_input_and_sums_up(
    stack: RunningStack, tmp_path: Path
) -> None:
    settings = await fresh(stack, tmp_path / "data")
    command = ("connectors.cli", "ingest", "-", "--source", "pipe", "--json")
    (tmp_path / "given").write_bytes(gzip.compress(PLAIN))
    process = start(settings, *command, stdin=tmp_path / "given")
    out, _ = await asyncio.to_thread(process.communicate)
    summary = json.loads(out)
    assert process.returncode == 0
    assert (summary["files"], summary["lines"], summary["sources"]) == (1, 3000, ["pipe"])
    records = await arrived(settings)
    assert lines_of(records) == truth(PLAIN)
    assert_every_byte_once(records, len(PLAIN))


async def test_the_command_says_what_failed_by_its_exit_code(
    stack: RunningStack, tmp_path: Path
) -> None:
    settings = await fresh(stack, tmp_path / "data")
    process = start(settings, "connectors.cli", "ingest", str(tmp_path / "nowhere"), "--json")
    out, _ = await asyncio.to_thread(process.communicate)
    assert process.returncode == 1
    assert json.loads(out)["failed"][0]["path"] == str(tmp_path / "nowhere")
