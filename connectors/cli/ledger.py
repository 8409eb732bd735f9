"""`foreshock ledger`: the books of every source, and whether they balance."""

import asyncio
import time
from collections.abc import Sequence
from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from connectors.cli import context
from connectors.cli.output import console, errors, write_json
from connectors.ledger import draw_up, unread
from connectors.shared_logs import SharedLogs
from schemas.display import shown
from schemas.ledger import AlertBooks, Ledger, SourceLine
from schemas.settings import Settings

BALANCED, IN_FLIGHT, NOT_BALANCED = 0, 3, 4
_PAUSE_SECONDS: Final = 0.3
_FEW: Final = 50  # records are read in no time
# To draw the books up is to read all that waits, and takes from those that work on it. So with
# much to read, five times as long as the last time is spent on waiting.
_FIRST_REST_SECONDS: Final = 5.0
_REST_SHARE: Final = 5
_LOOK_SECONDS: Final = 30.0


def wait_balanced(
    settings: Settings, sources: Sequence[str] = (), seconds: float = 0.0
) -> tuple[Ledger, int]:
    """The ledger once nothing (of these sources) is in flight, or when the time is up, and what
    the command ends with.
    """
    ledger, waiting = asyncio.run(_waited(settings, sources, time.monotonic() + seconds))
    if not ledger.balanced:
        return ledger, NOT_BALANCED
    return ledger, IN_FLIGHT if waiting else BALANCED


async def _waited(settings: Settings, sources: Sequence[str], until: float) -> tuple[Ledger, int]:
    """The books, and how much of these sources is in flight at `until`, of time.monotonic()."""
    logs = SharedLogs(settings, _LOOK_SECONDS)
    rest = _FIRST_REST_SECONDS
    try:
        while True:
            await _rest(settings, logs, min(time.monotonic() + rest, until))
            started = time.monotonic()
            ledger = await draw_up(settings, sources[0] if len(sources) == 1 else None)
            waiting = ledger.in_flight_of(sources) if sources else ledger.in_flight
            if not waiting or time.monotonic() >= until:
                return ledger, waiting
            rest = (time.monotonic() - started) * _REST_SHARE
            await asyncio.sleep(_PAUSE_SECONDS)
    finally:
        await logs.close()


async def _rest(settings: Settings, logs: SharedLogs, until: float) -> None:
    """Until little is left to read, but no longer than `until`."""
    while time.monotonic() < until:
        if await unread(settings, logs) <= _FEW:
            return
        await asyncio.sleep(_PAUSE_SECONDS)


def table(ledger: Ledger) -> Table:
    """One row a source of lines."""
    drawn = _table("source", "accepted", "parsed", "deduplicated", "dead-lettered", "in flight")
    for line in ledger.sources:
        numbers = (
            line.accepted,
            line.parsed,
            line.deduplicated,
            line.dead_lettered,
            line.in_flight,
        )
        drawn.add_row(shown(line.source), *(f"{number:,}" for number in numbers))
    return drawn


def of_alerts(books: AlertBooks) -> str:
    """One line, in versions of alerts."""
    said = f"{books.published:,} versions of alerts published = {books.stored:,} stored"
    said += f" + {books.deduplicated:,} deduplicated + {books.dead_lettered:,} dead-lettered"
    return f"{said} + {books.in_flight:,} in flight"


def metrics_table(ledger: Ledger) -> Table:
    """One row a source of metric points."""
    drawn = _table(
        "source of metrics", "accepted", "stored", "deduplicated", "dead-lettered", "in flight"
    )
    for line in ledger.metrics:
        numbers = (
            line.accepted,
            line.stored,
            line.deduplicated,
            line.dead_lettered,
            line.in_flight,
        )
        drawn.add_row(shown(line.source), *(f"{number:,}" for number in numbers))
    return drawn


def _table(*columns: str) -> Table:
    drawn = Table(*columns, box=None, header_style="dim")
    for column in drawn.columns[1:]:
        column.justify = "right"
    return drawn


def _of_times(line: SourceLine) -> str:
    """What has to be said of the times of a source's lines."""
    said = []
    if line.guessed_times:
        said.append(f"{line.guessed_times:,} lines leave out year, date or zone: it was inferred")
    if line.unbelieved_times:
        said.append(f"{line.unbelieved_times:,} lines with an impossible time count at arrival")
    return "; ".join(said)


def run(
    json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
    source: Annotated[str | None, typer.Option(help="Only this source.")] = None,
    wait: Annotated[float, typer.Option(metavar="SECONDS", help="Wait until all is in.")] = 0.0,
) -> None:
    """Show for each source accepted = parsed + deduplicated + dead-lettered + in flight.

    Of metric points likewise: accepted = stored + deduplicated + dead-lettered + in flight.

    Exit codes: 0 balanced and nothing in flight, 3 still in flight when the wait is over,
    4 not balanced (the rows are named).

    Example: foreshock ledger --wait 30
    """
    settings = context.connected()
    ledger, code = wait_balanced(settings, [source] if source else [], wait)
    if json:
        write_json(ledger.model_dump())
    else:
        console.print(table(ledger))
        if ledger.metrics:
            console.print(metrics_table(ledger))
        for fault in ledger.faults:
            where = f"{shown(fault.source)}: " if fault.source else ""
            what = f" {fault.kind}: {where}{shown(fault.detail)}"
            errors.print(Text.assemble(("not balanced", "red"), what))
        for line in ledger.sources:
            if said := _of_times(line):
                console.print(f"{shown(line.source)}: {said}", style="dim", soft_wrap=True)
        console.print(of_alerts(ledger.alerts))
        state = "balanced" if ledger.balanced else "NOT balanced"
        console.print(f"{state}, {ledger.in_flight:,} records in flight")
    raise typer.Exit(code)
