"""The journal, on a real journald of its own namespace where this machine lets us start one."""

import asyncio
import os
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import msgspec
import pytest

from connectors.sources.cutting import CUT_TO, LONGEST_WHOLE
from connectors.sources.edge import open_edge, open_files
from connectors.sources.journal_entries import LIMIT
from connectors.sources.journald import Window, _window, follow_journal, is_own, range_of
from schemas.errors import UserError
from schemas.logs import MAX_LINE_BYTES
from schemas.settings import Settings
from tests.connectors.sources.support import Record, arrived, fresh
from tests.stack import RunningStack

JOURNALD = Path("/lib/systemd/systemd-journald")
FOLDERS = (Path("/run/systemd"), Path("/run/log/journal"), Path("/var/log/journal"))
CURSOR = "s=f8f2;i=%x;b=52d0;m=87;t=66;x=78"


def entry(number: int, **fields: object) -> bytes:
    return msgspec.json.encode({"__CURSOR": CURSOR % number, "MESSAGE": "m", **fields})


def test_our_own_units_are_left_out_but_move_the_cursor() -> None:
    window = Window()
    window.add(entry(1))
    window.add(entry(2, _SYSTEMD_UNIT="foreshock-agents.service"))
    window.add(entry(3, SYSLOG_IDENTIFIER="foreshock"))
    assert (window.entries, window.lines, window.cursor) == (3, [entry(1)], CURSOR % 3)


def test_a_unit_that_is_no_text_is_not_ours() -> None:
    assert not is_own([102, 111], None)


def test_a_window_is_full_at_a_thousand_entries() -> None:
    window = Window()
    for number in range(1000):
        assert not window.full
        window.add(entry(number, SYSLOG_IDENTIFIER="foreshock"))
    assert window.full


async def read_all(*lines: bytes, limit: int = LIMIT) -> Window:
    """As from a journalctl that writes these lines, in chunks, and is silent then."""
    output = asyncio.StreamReader(limit=limit)

    async def write() -> None:
        written = b"".join(line + b"\n" for line in lines)
        for at in range(0, len(written), 100_003):
            output.feed_data(written[at : at + 100_003])
            await asyncio.sleep(0)

    writing = asyncio.create_task(write())
    window = Window()
    while window.entries < len(lines):
        found = await _window(output)
        window.cursor = found.cursor or window.cursor
        window.entries += found.entries
        window.lines += found.lines
    await writing
    return window


@pytest.mark.parametrize("size", [5_000, 300_000, MAX_LINE_BYTES, LONGEST_WHOLE, 20_000_000])
@pytest.mark.parametrize("cursor_last", [False, True])
async def test_an_entry_of_any_length_is_one_line(size: int, cursor_last: bool) -> None:
    quoted = f'"__CURSOR":"s=wrong" {"x" * size}'
    about = {"__CURSOR": CURSOR % 2, "SYSLOG_IDENTIFIER": "test", "MESSAGE": quoted}
    names = sorted(about, reverse=not cursor_last)
    long = msgspec.json.encode({name: about[name] for name in names})
    window = await read_all(entry(1), long, entry(3))
    assert (window.entries, window.cursor) == (3, CURSOR % 3)
    kept = long if len(long) <= LONGEST_WHOLE else long[:CUT_TO]
    assert window.lines == [entry(1), kept, entry(3)]


async def test_our_own_long_entries_are_left_out_too() -> None:
    own = entry(2, MESSAGE="x" * 20_000_000, _SYSTEMD_UNIT="foreshock.service")
    window = await read_all(entry(1), own)
    assert (window.entries, window.cursor, window.lines) == (2, CURSOR % 2, [entry(1)])


def test_a_range_is_named_by_what_makes_cursors_unique() -> None:
    assert range_of(CURSOR % 16, CURSOR % 31) == "journald:f8f2.10-f8f2.1f"
    assert range_of("", CURSOR % 1) == "journald:.-f8f2.1"


class Journal:
    """A journald of its own, fed through its native protocol."""

    def __init__(self, name: str) -> None:
        self.command = ("journalctl", f"--namespace={name}")
        self._socket = Path(f"/run/systemd/journal.{name}/socket")

    @property
    def ready(self) -> bool:
        return self._socket.exists()

    def write(self, *messages: str, identifier: str = "test") -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            for message in messages:
                fields = f"MESSAGE={message}\nSYSLOG_IDENTIFIER={identifier}\nPRIORITY=6\n"
                out.sendto(fields.encode(), str(self._socket))


@pytest.fixture
def journal() -> Iterator[Journal]:
    if os.geteuid() != 0 or not JOURNALD.exists() or shutil.which("journalctl") is None:
        pytest.skip("a journald of our own needs root and systemd's binaries")
    name = f"test{os.getpid()}"
    before = {folder for folder in FOLDERS if folder.exists()}
    process = subprocess.Popen(
        [JOURNALD, name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    journal = Journal(name)
    try:
        while not journal.ready and process.poll() is None:
            time.sleep(0.02)
        if process.poll() is not None:
            pytest.skip("journald does not run here")
        yield journal
    finally:
        process.kill()
        process.wait()
        for folder in FOLDERS:
            for left in folder.glob(f"*{name}"):
                shutil.rmtree(left)
            if folder.exists() and folder not in before:
                folder.rmdir()


@asynccontextmanager
async def polled(settings: Settings, journal: Journal) -> AsyncIterator[None]:
    async def run() -> None:
        async with open_edge(settings) as edge:
            await follow_journal(edge, journal.command, "box")

    task = asyncio.create_task(run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def messages(records: list[Record]) -> list[str]:
    lines = [msgspec.json.decode(line) for record in records for line in record.batch.lines]
    return [line["MESSAGE"] for line in lines if line.get("SYSLOG_IDENTIFIER") == "test"]


async def reached(settings: Settings, entries: int) -> list[Record]:
    """What has arrived once it holds so many entries of the test; waits in vain for a minute."""
    end = time.monotonic() + 60
    while len(messages(records := await arrived(settings))) < entries:
        assert time.monotonic() < end, f"{len(messages(records))} of {entries} entries"
        await asyncio.sleep(0.2)
    return records


@pytest.mark.stack
async def test_entries_arrive_once_over_a_restart_in_order(
    stack: RunningStack, tmp_path: Path, journal: Journal
) -> None:
    settings = await fresh(stack, tmp_path)
    expected: list[str] = []
    for part in range(2):
        journal.write(*(written := [f"part {part} entry {n}" for n in range(1500)]))
        journal.write("our own", identifier="foreshock")
        expected += written
        async with polled(settings, journal):
            await reached(settings, len(expected))
            journal.write(last := f"part {part} live")
            expected.append(last)
            await reached(settings, len(expected))
    records = await arrived(settings)
    assert messages(records) == expected
    assert {record.batch.source for record in records} == {"journald:box"}


@pytest.mark.stack
async def test_long_messages_arrive_whole(
    stack: RunningStack, tmp_path: Path, journal: Journal
) -> None:
    settings = await fresh(stack, tmp_path)
    journal.write(*(written := ["short", "x" * 40_000, "y" * 120_000, "after"]))
    async with polled(settings, journal):
        assert messages(await reached(settings, 4)) == written


@pytest.mark.stack
async def test_what_was_planned_and_not_acknowledged_is_sent_again_exactly(
    stack: RunningStack, tmp_path: Path, journal: Journal
) -> None:
    settings = await fresh(stack, tmp_path)
    journal.write(*[f"entry {n}" for n in range(1500)])
    async with polled(settings, journal):
        first, *others = await reached(settings, 1500)
    end = msgspec.json.decode(first.batch.lines[-1])["__CURSOR"]
    with open_files(settings) as (book, _claims):
        book.set_cursors("journald:box", "", end)
    async with polled(settings, journal):
        found = await reached(settings, 1500 + len(first.batch.lines))
    repeats = [record for record in found if record.range == first.range]
    once, again = (list(map(msgspec.json.decode, record.batch.lines)) for record in repeats)
    assert once == again  # journalctl writes the fields of an entry in any order
    assert others


@pytest.mark.stack
async def test_without_a_journal_the_reason_is_clear(stack: RunningStack, tmp_path: Path) -> None:
    settings = await fresh(stack, tmp_path)
    async with open_edge(settings) as edge:
        with pytest.raises(UserError, match="no journal can be read"):
            await follow_journal(edge, ("journalctl", f"--directory={tmp_path}"), "box")
        with pytest.raises(UserError, match="no journalctl"):
            await follow_journal(edge, ("no-such-journalctl",), "box")
