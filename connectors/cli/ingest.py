"""`foreshock ingest`: files, folders and standard input become batches on logs.raw.

How far each file was read is kept in the data directory, so a second run goes on where the first
one ended, however it ended.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Final

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from connectors.cli import context
from connectors.cli.output import console, errors, shown, write_json
from connectors.instance import connected
from connectors.sources.edge import Wish
from connectors.sources.intake import Intake, plan, take_in
from schemas.settings import Settings

_INTERRUPTED: Final = 130
_TICK_SECONDS: Final = 0.2


def run(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH...", help="Files, folders, or - for stdin.")
    ],
    source: Annotated[
        str, typer.Option("--source", help="Name of the source; default: file:PATH.")
    ] = "",
    format_: Annotated[
        str, typer.Option("--format", help="The lines' format, where it is known.")
    ] = "",
    again: Annotated[
        bool, typer.Option("--again", help="Count once more what was ingested before.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="The summary as one JSON object.")] = False,
) -> None:
    """Read logs, compressed or not, and publish every line exactly once.

    A second run of the same file goes on where the first one ended. Exit codes: 0 all is in;
    1 something could not be read, or the broker does not answer; 2 wrong use; 130 interrupted
    (run it again to go on).

    Example: foreshock ingest /var/log/syslog --source web-1
    """
    settings = context.settings()
    if not settings.kafka_bootstrap_servers:
        settings = connected(settings)
    intake = plan(paths, settings.data_dir)
    started = time.monotonic()
    try:
        asyncio.run(_run(settings, intake, Wish(source, format_, again), visible=not json))
    except KeyboardInterrupt:
        errors.print("stopped; run the same command again to go on where it ended")
        raise typer.Exit(_INTERRUPTED) from None
    finally:
        _report(intake, time.monotonic() - started, json)
    if intake.faults:
        raise typer.Exit(1)


async def _run(settings: Settings, intake: Intake, wish: Wish, visible: bool) -> None:
    async with _bar(intake, visible and errors.is_terminal):
        await take_in(settings, intake, wish)


@asynccontextmanager
async def _bar(intake: Intake, visible: bool) -> AsyncIterator[None]:
    """A line on stderr that follows the run."""
    if not visible:
        yield
        return
    columns = (
        TextColumn("{task.percentage:>3.0f} %"),
        BarColumn(),
        TextColumn("{task.fields[lines]:,} lines, {task.fields[rate]:,}/s"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=errors, transient=True) as progress:
        follower = asyncio.create_task(_follow(intake, progress))
        try:
            yield
        finally:
            follower.cancel()


async def _follow(intake: Intake, progress: Progress) -> None:
    started = time.monotonic()
    task = progress.add_task("", total=intake.size, lines=0, rate=0)
    while True:
        await asyncio.sleep(_TICK_SECONDS)
        rate = round(intake.lines / (time.monotonic() - started))
        progress.update(task, completed=intake.consumed, lines=intake.lines, rate=rate)


def _report(intake: Intake, seconds: float, as_json: bool) -> None:
    if as_json:
        write_json(intake.as_json(seconds))
        return
    for skipped in intake.skipped:
        errors.print(f"skipped {shown(str(skipped.path))}: {shown(skipped.reason)}", markup=False)
    for reading in intake.readings:
        if reading.fault:
            errors.print(f"error: {shown(str(reading.fault))}", markup=False, soft_wrap=True)
            errors.print(f"remedy: {reading.fault.remedy}", markup=False, soft_wrap=True)
        elif reading.already_done:
            console.print(f"already ingested: {shown(reading.name)}", markup=False, soft_wrap=True)
    rate = intake.lines / seconds if seconds else 0
    console.print(f"{intake.lines:,} lines in {seconds:.1f} s ({rate:,.0f} lines/s)")
