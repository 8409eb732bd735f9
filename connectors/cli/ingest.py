"""`foreshock ingest`: files, folders and standard input become batches on logs.raw.

How far each file was read is kept in the data directory, so a second run goes on where the first
one ended, however it ended.
"""

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated, Final

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from connectors.cli import context
from connectors.cli.ledger import wait_balanced
from connectors.cli.output import console, errors, write_json
from connectors.descriptors import allow_many
from connectors.logging import configure
from connectors.reaching import reach_kafka
from connectors.sources.carrying import Tally
from connectors.sources.edge import Wish, open_edge
from connectors.sources.filetail import follow as follow_files
from connectors.sources.intake import Intake, plan, take_in
from connectors.sources.local_timezone import of_files
from schemas.demo import SOURCE_PREFIX
from schemas.display import shown
from schemas.errors import UserError
from schemas.formats import FORMATS, check_hint
from schemas.settings import Settings
from schemas.timezones import check_timezone

_INTERRUPTED: Final = 130
_WRONG_USE: Final = 2
_TICK_SECONDS: Final = 0.2


def run(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH...", help="Files, folders, or - for stdin.")
    ],
    source: Annotated[
        str, typer.Option("--source", help="Name of the source; default: file:PATH.")
    ] = "",
    format_: Annotated[
        str,
        typer.Option("--format", metavar="NAME", help="The format to try first; see above."),
    ] = "",
    timezone: Annotated[
        str,
        typer.Option("--timezone", metavar="NAME", help="Of times that name none, e.g. UTC."),
    ] = "",
    again: Annotated[
        bool, typer.Option("--again", help="Count once more what was ingested before.")
    ] = False,
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on with what is appended, until Ctrl-C.")
    ] = False,
    wait: Annotated[
        float, typer.Option("--wait", metavar="SECONDS", help="Until the ledger shows all done.")
    ] = 0.0,
    json: Annotated[bool, typer.Option("--json", help="The summary as one JSON object.")] = False,
) -> None:
    """Read logs, compressed or not, and publish every line exactly once.

    A second run of the same file goes on where the first one ended. Exit codes: 0 all is in;
    1 something could not be read, or the broker does not answer; 2 wrong use; 3 in flight when
    the wait is over; 4 the ledger does not balance; 130 interrupted (run it again to go on).

    Example: foreshock ingest /var/log/syslog --source web-1 --wait 30

    Formats are recognised line by line; --format names one to try first: {FORMATS}, or one of a
    module in EXTRA_FORMATS. Times that name no zone are read as this machine's, or as LOG_TIMEZONE
    or --timezone says.
    """
    settings = context.settings()
    _check_source(source)
    check_hint(format_, settings.extra_formats)
    zone = _checked(timezone) or of_files(settings)
    settings, wish = _settings(wait > 0), Wish(source, format_, again, timezone=zone)
    if follow:
        if again or wait or "-" in paths:
            raise UserError(
                "--follow goes with files, and neither with --again nor with --wait",
                "ingest the files first, then follow them",
                exit_code=_WRONG_USE,
            )
        _follow(settings, paths, replace(wish, imported=False), json)
        return
    intake = plan(paths, settings.data_dir)
    _take_in(settings, intake, wish, json)
    code = _wait(settings, intake.sources, wait) if wait else 0
    if intake.faults or code:
        raise typer.Exit(1 if intake.faults else code)


run.__doc__ = (run.__doc__ or "").replace("{FORMATS}", ", ".join(FORMATS))


def _wait(settings: Settings, sources: list[str], seconds: float) -> int:
    try:
        return wait_balanced(settings, sources, seconds)[1]
    except KeyboardInterrupt:
        errors.print("no longer waiting; `foreshock ledger` shows how far they are")
        raise typer.Exit(_INTERRUPTED) from None


def _check_source(source: str) -> None:
    if source.startswith(SOURCE_PREFIX):
        said = f"--source {shown(source)}: `demo --remove` deletes what begins with {SOURCE_PREFIX}"
        raise UserError(said, "take another name", exit_code=_WRONG_USE)


def _checked(timezone: str) -> str:
    try:
        return check_timezone(timezone)
    except ValueError as error:
        raise UserError(f"--timezone {error}", "leave it out for this machine's own", 2) from error


def _settings(with_database: bool) -> Settings:
    settings = context.settings()
    for_people = {"log_format": "console", "log_level": "WARNING"}
    configure(settings.model_copy(update=for_people), "ingest")
    # While a broker is away its client complains many times a second; we say it once, at the end.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    if settings.kafka_bootstrap_servers and not with_database:
        reach_kafka(settings)
        return settings
    return context.connected()


def _take_in(settings: Settings, intake: Intake, wish: Wish, as_json: bool) -> None:
    started = time.monotonic()
    try:
        with _bar(intake, errors.is_terminal and not as_json) as progress:
            asyncio.run(_with_bar(settings, intake, wish, progress))
    except KeyboardInterrupt:
        errors.print("stopped; run the same command again to go on where it ended")
        raise typer.Exit(_INTERRUPTED) from None
    finally:
        _report(intake, time.monotonic() - started, as_json)


async def _with_bar(
    settings: Settings, intake: Intake, wish: Wish, progress: Progress | None
) -> None:
    drawing = asyncio.create_task(_draw(intake, progress)) if progress else None
    try:
        await take_in(settings, intake, wish)
    finally:
        if drawing:
            drawing.cancel()


@contextmanager
def _bar(intake: Intake, visible: bool) -> Iterator[Progress | None]:
    if not visible:
        yield None
        return
    columns = (
        TextColumn("{task.percentage:>3.0f} %"),
        BarColumn(),
        TextColumn("{task.fields[lines]:,} lines, {task.fields[rate]:,}/s"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=errors, transient=True) as progress:
        progress.add_task("", total=intake.size, lines=0, rate=0)
        yield progress


async def _draw(intake: Intake, progress: Progress) -> None:
    started = time.monotonic()
    while True:
        await asyncio.sleep(_TICK_SECONDS)
        rate = round(intake.lines / (time.monotonic() - started))
        progress.update(
            progress.task_ids[0], completed=intake.consumed, lines=intake.lines, rate=rate
        )


def _report(intake: Intake, seconds: float, as_json: bool) -> None:
    if as_json:
        write_json(intake.as_json(seconds))
        return
    for skipped in intake.skipped:
        _tell(f"skipped {skipped.path}: {skipped.reason}")
    for reading in intake.readings:
        if reading.fault:
            _tell(f"error: {reading.fault}")
            _tell(f"remedy: {reading.fault.remedy}")
        elif reading.already_done:
            _tell(f"already ingested: {reading.name}")
    console.print(f"{intake.lines:,} lines in {seconds:.1f} s ({intake.lines / seconds:,.0f}/s)")


def _tell(text: str) -> None:
    errors.print(shown(text), soft_wrap=True)


def _follow(settings: Settings, patterns: list[str], wish: Wish, as_json: bool) -> None:
    tally = Tally()
    started = time.monotonic()
    allow_many()
    if not as_json:
        errors.print("following; Ctrl-C ends it")
    try:
        asyncio.run(_until_interrupted(settings, patterns, wish, tally))
    except KeyboardInterrupt:
        seconds = time.monotonic() - started
        if as_json:
            write_json({**vars(tally), "seconds": round(seconds, 3)})
        else:
            console.print(f"{tally.lines:,} lines in {seconds:.1f} s")


async def _until_interrupted(
    settings: Settings, patterns: list[str], wish: Wish, tally: Tally
) -> None:
    async with open_edge(settings) as edge:
        await follow_files(edge, patterns, settings.data_dir, wish, tally)
