"""`foreshock metrics`: whose metrics there are, what they were last, and how they went."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from itertools import groupby
from typing import Annotated, Final, TypeVar

import typer
from rich.table import Table
from rich.text import Text

from connectors.cli import context
from connectors.cli.charts import Frame, chart, short, sparkline
from connectors.cli.durations import duration_ms, spoken, step_for
from connectors.cli.output import console, write_json
from connectors.cli.units import measured
from connectors.stores.history.choice import open_history
from connectors.stores.history.port import History
from connectors.stores.postgres import new_pool
from schemas.display import shown
from schemas.errors import UserError
from schemas.history import Aggregate, Series
from schemas.metric_names import unit_of
from schemas.settings import Settings

_SPARKS: Final = 24
_CHART_HEIGHT: Final = 12
_LABELS: Final = 9  # columns left of a chart
_WIDEST: Final = 120
_AT_ONCE: Final = 4  # queries; no more than the pool has connections

Answer = TypeVar("Answer")


def run(
    host: Annotated[str | None, typer.Argument(help="Only this host's metrics.")] = None,
    metric: Annotated[str | None, typer.Argument(help="This metric as a chart.")] = None,
    last: Annotated[str, typer.Option(metavar="SPAN", help="How far back: 90s, 30m, 2d.")] = "6h",
    step: Annotated[
        str | None, typer.Option(metavar="SPAN", help="How long a drawn value stands for.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """List the hosts that have metrics, the metrics of one host, or draw one metric.

    Values that fall into one step are drawn as their mean. Times are UTC.

    Exit codes: 0 shown, 1 no such host or metric or nothing runs, 2 wrong use.

    Example: foreshock metrics web-1 cpu_usage --last 2d
    """
    span = duration_ms(last)
    width = duration_ms(step) if step else None
    settings = context.connected(broker=False)
    if host is None:
        _show_hosts(_ask(settings, lambda history: history.series()), json)
    elif metric is None:
        _show_host(settings, host, _frame(span, width or step_for(span, _SPARKS)), json)
    else:
        columns = max(min(console.width, _WIDEST) - _LABELS - 1, 20)
        frame = _frame(span, width or step_for(span, columns * 2))
        _show_metric(settings, (host, metric), frame, columns, json)


def _frame(span_ms: int, step_ms: int) -> Frame:
    """The steps that end with the one that is now."""
    end = (int(time.time() * 1000) // step_ms + 1) * step_ms
    return Frame(max(end - max(span_ms, step_ms), 0) // step_ms * step_ms, end, step_ms)


def _ask(settings: Settings, question: Callable[[History], Awaitable[Answer]]) -> Answer:
    """The answer of the history of a running instance."""

    async def answer() -> Answer:
        async with new_pool(settings) as pool, open_history(settings, pool) as history:
            return await question(history)

    return asyncio.run(answer())


def _show_hosts(series: list[Series], json: bool) -> None:
    hosts = [(host, list(own)) for host, own in groupby(series, key=lambda one: one.host)]
    if json:
        write_json(
            [
                {"host": host, "series": len(own), "last_ms": max(one.last_ms for one in own)}
                for host, own in hosts
            ]
        )
        return
    table = Table("host", "series", "newest (UTC)", box=None, header_style="dim")
    table.columns[1].justify = "right"
    for host, own in hosts:
        table.add_row(shown(host), f"{len(own):,}", _time(max(one.last_ms for one in own)))
    console.print(table if hosts else Text("no metric has arrived yet", "dim"))


def _show_host(settings: Settings, host: str, frame: Frame, json: bool) -> None:
    async def question(history: History) -> list[tuple[Series, str]]:
        series = await history.series(host)
        turns = asyncio.Semaphore(_AT_ONCE)

        async def drawn(one: Series) -> str:
            async with turns:
                track = await history.query(one.host, one.metric, *frame)
            return sparkline(track.times_ms, track.values, frame)

        lines = [] if json else await asyncio.gather(*map(drawn, series))
        return list(zip(series, lines or [""] * len(series), strict=True))

    found = _ask(settings, question)
    if not found:
        raise UserError(f"there are no metrics of {shown(host)}", "`foreshock metrics` lists hosts")
    if json:
        write_json([one._asdict() | {"unit": unit_of(one.metric)} for one, _ in found])
        return
    span = spoken(frame.end - frame.start)
    table = Table("metric", "last", "at (UTC)", f"last {span}", box=None, header_style="dim")
    table.columns[1].justify = "right"
    for one, line in found:
        last = measured(one.last, unit_of(one.metric))
        table.add_row(shown(one.metric), last, _time(one.last_ms), line)
    console.print(table)


def _show_metric(
    settings: Settings, names: tuple[str, str], frame: Frame, columns: int, json: bool
) -> None:
    async def question(history: History) -> tuple[list[dict[str, float]], Series | None]:
        rows: dict[int, dict[str, float]] = {}
        aggregates: tuple[Aggregate, ...] = ("min", "mean", "max")
        for aggregate in aggregates:
            track = await history.query(*names, *frame, aggregate)
            for time_ms, value in zip(track.times_ms, track.values, strict=True):
                rows.setdefault(time_ms, {"time_ms": time_ms})[aggregate] = value
        # A step that began between two of the queries is drawn the next time.
        whole = [row for row in rows.values() if len(row) == len(aggregates) + 1]
        known = {one.metric: one for one in await history.series(names[0])}
        return whole, known.get(names[1])

    rows, series = _ask(settings, question)
    host, metric = map(shown, names)
    unit = unit_of(names[1])
    if series is None:
        raise UserError(
            f"there is no metric {metric} of {host}", "`foreshock metrics` lists hosts and metrics"
        )
    if json:
        found = {"host": names[0], "metric": names[1], "unit": unit, **frame._asdict()}
        write_json(found | {"points": rows})
        return
    console.print(
        Text.assemble((f"{host} {metric}", "bold"), f"  last {measured(series.last, unit)}")
    )
    if not rows:
        span = spoken(frame.end - frame.start)
        console.print(f"nothing in the last {span}; the newest is of {_time(series.last_ms)} UTC")
        return
    _draw(rows, frame, columns, unit)


def _draw(rows: list[dict[str, float]], frame: Frame, columns: int, unit: str) -> None:
    """The chart with its axes, and in a sentence what it shows."""
    means = [row["mean"] for row in rows]
    lines = chart([int(row["time_ms"]) for row in rows], means, frame, columns, _CHART_HEIGHT)
    labels = {0: short(max(means)), _CHART_HEIGHT - 1: short(min(means))}
    for number, line in enumerate(lines):
        label = labels.get(number, "")
        console.print(Text.assemble((f"{label:>{_LABELS}} ", "dim"), (line, "cyan")))
    left, right = _time(frame.start), _time(frame.end)
    console.print(f"{'':{_LABELS}} {left}{right:>{columns - len(left)}}", style="dim")
    least = measured(min(row["min"] for row in rows), unit)
    most = measured(max(row["max"] for row in rows), unit)
    console.print(f"means of {spoken(frame.step)}; least {least}, most {most}", style="dim")


def _time(time_ms: int) -> str:
    return f"{datetime.fromtimestamp(time_ms / 1000, UTC):%m-%d %H:%M:%S}"
