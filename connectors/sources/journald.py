"""The journald source: follows this machine's journal, where there is one, through journalctl.

Its cursors take the place of byte offsets: (taken, planned) is written before a batch leaves, and
after a crash exactly the entries between the two are sent again (journalctl may order the fields
of an entry otherwise). Our own units are left out, so
that what we log does not come back as lines. The first time, the journal of this boot is read.
"""

import asyncio
import shutil
import socket
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import structlog

from connectors.embedded.processes import dying_with_parent
from connectors.publish import batch_headers
from connectors.sources.cutting import MAX_LINES, MAX_TEXT
from connectors.sources.edge import Edge
from connectors.sources.journal_entries import LIMIT, Fields, bounded, fields_of, rest_of
from connectors.sources.registry import source
from schemas.errors import Unavailable, UserError
from schemas.logs import LogBatch
from schemas.settings import Settings

_SILENCE_SECONDS: Final = 0.2
_STANDING_SECONDS: Final = 60.0  # with a cold cache too, just after a crash
_OWN: Final = "foreshock"

_log = structlog.get_logger()


@dataclass
class Window:
    """Entries for one record: `lines` are those to publish, `cursor` is that of the last entry."""

    cursor: str = ""
    entries: int = 0
    size: int = 0
    lines: list[bytes] = field(default_factory=list)

    def add(self, line: bytes, entry: Fields | None = None) -> None:
        """`entry` is what we read of a line that is cut already.

        Raises msgspec.DecodeError when the line is no entry of a journal.
        """
        entry = entry or fields_of(line)
        line = bounded(line)
        self.cursor = entry.cursor
        self.entries += 1
        self.size += len(line)
        if not is_own(entry.unit, entry.SYSLOG_IDENTIFIER):
            self.lines.append(line)

    @property
    def full(self) -> bool:
        """Also entries left out count, so that a repeated window ends where it ended."""
        return self.entries >= MAX_LINES or self.size >= MAX_TEXT


def is_own(unit: object, identifier: object) -> bool:
    """Whether an entry was written by a process of this product."""
    return any(isinstance(name, str) and name.startswith(_OWN) for name in (unit, identifier))


def range_of(taken: str, cursor: str) -> str:
    """Names the entries after one cursor up to another; unique as cursors are."""
    return f"journald:{_place(taken)}-{_place(cursor)}"


def _place(cursor: str) -> str:
    """The parts of a cursor that make it unique: the sequence and the number in it."""
    parts = dict(part.partition("=")[::2] for part in cursor.split(";"))
    return f"{parts.get('s', '')}.{parts.get('i', '')}"


@source("journald", wanted=lambda settings: settings.journald)
async def poll(edge: Edge, _settings: Settings) -> None:
    """Follow the journal of this machine."""
    await follow_journal(edge, ("journalctl",), socket.gethostname())


async def follow_journal(edge: Edge, journalctl: Sequence[str], host: str) -> None:
    """Publish entries as source journald:HOST until cancelled.

    Raises UserError when there is no journal to read, Unavailable when journalctl ends or the
    broker does not answer.
    """
    name = f"journald:{host}"
    await _check(journalctl)
    taken, planned = edge.book.cursors(name)
    async with _following(journalctl, taken) as output:
        if planned != taken:
            window = await _window(output, until=planned)
            if not window.entries:
                raise Unavailable("the journal", "the entries after the last one do not come")
            if window.cursor != planned:
                _log.error("range_unreadable", source=name, start=taken, stop=planned)
            taken = await _publish(edge, name, host, taken, window)
        while True:
            window = await _window(output)
            if window.entries:
                taken = await _publish(edge, name, host, taken, window)


async def _publish(edge: Edge, name: str, host: str, taken: str, window: Window) -> str:
    edge.book.set_cursors(name, taken, window.cursor)
    if window.lines:
        batch = LogBatch(name, window.lines, host=host)
        sent = await edge.publisher.send(
            batch, batch_headers(batch, range_of(taken, window.cursor))
        )
        await sent
    edge.book.set_cursors(name, window.cursor, window.cursor)
    return window.cursor


async def _window(output: asyncio.StreamReader, until: str = "") -> Window:
    """Entries until the window is full or the journal silent; or up to the cursor `until`."""
    window = Window()
    patience = _STANDING_SECONDS if until else _SILENCE_SECONDS
    try:
        while not window.full and (not until or window.cursor != until):
            try:
                async with asyncio.timeout(patience):
                    line = await output.readuntil(b"\n")
            except asyncio.LimitOverrunError as error:
                window.add(*await rest_of(output, error.consumed))
            else:
                window.add(line.rstrip(b"\n"))
    except TimeoutError:
        pass  # it is silent
    except asyncio.IncompleteReadError as error:
        raise Unavailable("the journal", "journalctl has ended") from error
    return window


async def _check(journalctl: Sequence[str]) -> None:
    """journalctl waits for ever where there is no journal, so it is asked for one entry first."""
    if shutil.which(journalctl[0]) is None:
        raise UserError("this machine has no journalctl", "set JOURNALD=false, or follow files")
    asked = await asyncio.create_subprocess_exec(
        *journalctl, "--lines=1", "--output=json", "--no-pager", stdout=PIPE, stderr=PIPE
    )
    found, complaint = await asked.communicate()
    if not found.startswith(b"{"):
        said = complaint.decode(errors="replace").strip() or "no entries"
        raise UserError(
            f"no journal can be read on this machine: {said}",
            "run as root or in the group systemd-journal, or set JOURNALD=false",
        )


@asynccontextmanager
async def _following(
    journalctl: Sequence[str], taken: str
) -> AsyncGenerator[asyncio.StreamReader, None]:
    since = f"--after-cursor={taken}" if taken else "--boot"
    process = await asyncio.create_subprocess_exec(
        *(*journalctl, "--follow", "--no-tail", "--output=json", "--all", since),
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=DEVNULL,
        limit=LIMIT,
        preexec_fn=dying_with_parent(),
    )
    if process.stdout is None:
        raise RuntimeError("journalctl was started without its output")
    try:
        yield process.stdout
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
