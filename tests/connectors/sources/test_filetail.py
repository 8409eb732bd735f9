"""Followed files, on a real broker: rotations of both kinds, late files, half lines, restarts."""

import asyncio
import errno
import json
import os
import shutil
from collections import Counter
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from connectors.sources import filetail, tail
from connectors.sources.edge import Wish
from schemas.settings import Settings
from tests.connectors.sources.support import (
    Record,
    arrived,
    assert_every_byte_once,
    by_fingerprint,
    following,
    fresh,
    ingested,
    lines_of,
    start,
    until,
)
from tests.stack import RunningStack

pytestmark = pytest.mark.stack


@pytest.fixture
async def settings(stack: RunningStack, tmp_path: Path) -> Settings:
    return await fresh(stack, tmp_path / "data")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    (tmp_path / "logs").mkdir()
    return tmp_path / "logs" / "app.log"


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def numbered(first: int, last: int) -> bytes:
    return b"".join(b"line %d of the application\n" % n for n in range(first, last))


def counted(first: int, last: int) -> Counter[bytes]:
    return Counter(numbered(first, last).splitlines())


def sources(records: list[Record]) -> set[str]:
    return {record.batch.source for record in records}


async def test_what_is_appended_arrives_and_a_half_line_waits(
    settings: Settings, log: Path
) -> None:
    append(log, numbered(0, 10))
    async with following(settings, log) as tally:
        await until(lambda: tally.lines == 10)
        append(log, b"half a l")
        await asyncio.sleep(0.6)
        assert tally.lines == 10
        append(log, b"ine\n" + numbered(10, 20))
        await until(lambda: tally.lines == 21)
    records = await arrived(settings)
    assert lines_of(records) == counted(0, 20) + Counter([b"half a line"])
    assert_every_byte_once(records, log.stat().st_size)
    assert not any(record.batch.imported for record in records)


async def test_where_no_more_files_can_be_held_open_it_says_which_wait(
    settings: Settings, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filetail, "room_for_files", lambda: 2)
    monkeypatch.setattr(tail, "LINGER_SECONDS", 0.5)
    names = [log.with_name(f"{letter}.log") for letter in "abc"]
    for name in names:
        append(name, numbered(0, 10))
    with capture_logs() as said:
        async with following(settings, log.parent) as tally:
            await until(lambda: tally.lines == 20)
            await until(lambda: any(one["event"] == "file_not_followed" for one in said))
            names[0].unlink()
            await until(lambda: tally.lines == 30)
    refusals = [one for one in said if one["event"] == "file_not_followed"]
    assert [one["path"] for one in refusals] == [str(names[2])]
    assert "raise the limit of open files" in refusals[0]["reason"]


async def test_rotation_by_rename_loses_nothing(
    settings: Settings, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "LINGER_SECONDS", 1.0)
    append(log, numbered(0, 10))
    async with following(settings, log) as tally:
        await until(lambda: tally.lines == 10)
        rotated = log.rename(log.with_name("app.log.1"))
        append(rotated, numbered(10, 20))  # the program has not noticed yet
        append(log, numbered(20, 30))
        await until(lambda: tally.lines == 30)
        append(rotated, b"its last words")
        await until(lambda: tally.lines == 31)
    records = await arrived(settings)
    assert lines_of(records) == counted(0, 30) + Counter([b"its last words"])
    assert len(by_fingerprint(records)) == 2
    assert sources(records) == {f"file:{log}"}


async def test_rotation_by_copytruncate_starts_a_new_reading(settings: Settings, log: Path) -> None:
    append(log, numbered(0, 100))
    async with following(settings, log) as tally:
        await until(lambda: tally.lines == 100)
        os.truncate(log, 0)
        append(log, numbered(100, 110))
        await until(lambda: tally.lines == 110)
        os.truncate(log, 0)
        append(log, numbered(110, 300))  # longer than before at once
        await until(lambda: tally.lines == 300)
    records = await arrived(settings)
    assert lines_of(records) == counted(0, 300)
    assert len(by_fingerprint(records)) == 3
    assert sources(records) == {f"file:{log}"}


async def test_what_only_the_copy_of_a_copytruncate_has_is_read_there(
    settings: Settings, log: Path
) -> None:
    append(log, numbered(0, 100))
    async with following(settings, log.parent) as tally:
        await until(lambda: tally.lines == 100)
        append(log, numbered(100, 120))
        shutil.copy(log, log.with_name("app.log.1"))
        os.truncate(log, 0)
        append(log, numbered(120, 130))
        await until(lambda: tally.lines == 130)
        await asyncio.sleep(1.5)  # the copy is not a new file
    assert lines_of(await arrived(settings)) == counted(0, 130)


async def test_a_copy_that_gets_the_number_of_a_deleted_file_is_still_a_copy(
    settings: Settings, log: Path
) -> None:
    older = log.with_name("app.log.1")
    append(older, numbered(0, 50))
    append(log, numbered(50, 100))
    async with following(settings, log.parent) as tally:
        await until(lambda: tally.lines == 100)
        older.unlink()
        await asyncio.sleep(1.5)
        shutil.copy(log, older)
        await asyncio.sleep(1.5)
        os.truncate(log, 0)
        append(log, numbered(100, 130))
        await until(lambda: tally.lines == 130)
    assert lines_of(await arrived(settings)) == counted(0, 130)


async def test_a_file_that_cannot_be_read_keeps_no_other_waiting(
    settings: Settings, log: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    turn = tail.Tail.turn

    async def on_a_bad_disk(self: tail.Tail) -> bool:
        if self.place.path.name == "app.log":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return await turn(self)

    monkeypatch.setattr(tail.Tail, "turn", on_a_bad_disk)
    append(log, numbered(0, 10))
    append(log.with_name("behind.log"), numbered(10, 20))
    async with following(settings, log.parent) as tally:
        await until(lambda: tally.lines == 10)
        monkeypatch.setattr(tail.Tail, "turn", turn)
        await until(lambda: tally.lines == 20)
    assert lines_of(await arrived(settings)) == counted(0, 20)


async def test_a_rotation_in_our_absence_is_caught_up_with(settings: Settings, log: Path) -> None:
    append(log, numbered(0, 10))
    async with following(settings, log) as tally:
        await until(lambda: tally.lines == 10)
    append(log, numbered(10, 20))
    log.rename(log.with_name("app.log.1"))
    append(log, numbered(20, 30))
    async with following(settings, log) as tally:
        await until(lambda: tally.lines == 20)
    assert lines_of(await arrived(settings)) == counted(0, 30)


async def test_a_restart_goes_on_where_it_was_left(settings: Settings, log: Path) -> None:
    for first in range(0, 30, 10):
        append(log, numbered(first, first + 10))
        async with following(settings, log) as tally:
            await until(lambda seen=tally: seen.lines == 10)  # type: ignore[misc]
    records = await arrived(settings)
    assert_every_byte_once(records, log.stat().st_size)
    assert lines_of(records) == counted(0, 30)


async def test_files_that_appear_later_are_found_and_others_said_why_not(
    settings: Settings, log: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = log.parent
    folder.rmdir()
    async with following(settings, folder / "*.log") as tally:
        await asyncio.sleep(1.2)
        folder.mkdir()
        append(log, numbered(0, 5))
        append(folder / "binary.log", b"\0\1\2")
        append(folder / "other.txt", b"does not match\n")
        await until(lambda: tally.lines == 5)
        append(folder / "late.log", numbered(5, 10))
        await until(lambda: tally.lines == 10)
    assert lines_of(await arrived(settings)) == counted(0, 10)


async def test_what_was_ingested_is_not_counted_again_when_followed(
    settings: Settings, log: Path
) -> None:
    append(log, numbered(0, 10))
    await ingested(settings, log, wish=Wish())
    append(log, numbered(10, 15))
    async with following(settings, log) as tally:
        await until(lambda: tally.lines == 5)
        command = start(settings, "connectors.cli", "ingest", str(log), "--json")
        out, _ = await asyncio.to_thread(command.communicate)
        assert "being read by another" in json.loads(out)["failed"][0]["reason"]
    records = await arrived(settings)
    assert_every_byte_once(records, log.stat().st_size)
    assert lines_of(records) == counted(0, 15)
