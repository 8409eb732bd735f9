"""`foreshock alerts`: what is wrong now, the worst first; and each change as it comes."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from connectors import alerts
from connectors.cli import context
from connectors.cli.output import console, write_json
from schemas.alerts import Alert, AlertSeverity
from schemas.display import shown
from schemas.errors import UserError
from schemas.settings import Settings

_TITLE: Final = 3  # its column
_ID_DIGITS: Final = 8  # of sixteen: enough to tell alerts apart, and --show takes them
_COLOURS: Final = {
    AlertSeverity.CRITICAL: "bold red",
    AlertSeverity.HIGH: "red",
    AlertSeverity.WARNING: "yellow",
    AlertSeverity.INFO: "cyan",
    AlertSeverity.LOW: "dim",
}


def table(listed: Sequence[Alert], today: date) -> Table:
    """One row an alert; those that began on another day (UTC) than `today` say on which."""
    drawn = Table("severity", "state", "since", "title", "id", box=None, pad_edge=False)
    drawn.header_style = "dim"
    for column in drawn.columns:
        column.no_wrap = True
    drawn.columns[_TITLE].no_wrap = False  # what is too long for the screen is the title
    drawn.columns[_TITLE].overflow = "fold"
    for alert in listed:
        drawn.add_row(
            Text(alert.severity, style=_COLOURS[alert.severity]),
            _state(alert),
            _since(alert.first_seen, today),
            Text(_title(alert)),
            Text(shown(alert.id[:_ID_DIGITS]), style="dim"),
        )
    return drawn


def _state(alert: Alert) -> str:
    """Whose it is stands beside the state."""
    return f"{alert.shown_state} {shown(alert.owner)}" if alert.owner else alert.shown_state


def _since(first: datetime, today: date) -> str:
    """The second for what began today, else the day and the minute."""
    return f"{first:%H:%M:%S}" if first.date() == today else f"{first:%m-%d %H:%M}"


def _title(alert: Alert) -> str:
    return shown(alert.title) + (" (demo)" if alert.demo else "")


def _line(alert: Alert) -> str:
    return (
        f"{alert.last_seen:%m-%d %H:%M:%S} {alert.severity:8} {_state(alert):12}"
        f" {alert.id} {_title(alert)}"
    )


def _print_list(listed: Sequence[Alert], closed: bool, limit: int) -> None:
    if listed:
        console.print(table(listed[:limit], datetime.now(UTC).date()))
        if len(listed) > limit:
            console.print(f"there are more than these {limit:,}; see --limit", style="dim")
        console.print("times are UTC; --show ID tells all of one", style="dim")
    else:
        console.print("no alerts" if closed else "no open alerts; --all shows closed ones, too")


def show(settings: Settings, alert_id: str, json: bool) -> None:
    """One alert in full. Raises UserError when there is none."""
    versions = alerts.history(settings, alert_id)
    alert = versions[-1]
    if json:
        changes = [one.model_dump(mode="json") for one in versions]
        write_json(alert.model_dump(mode="json") | {"history": changes})
        return
    console.print(f"{alert.severity} {_state(alert)}: {_title(alert)}")
    for line in alert.description.splitlines():
        console.print(f"  {shown(line)}", soft_wrap=True)
    for name, text in [*alert.labels.items(), *alert.annotations.items()]:
        console.print(f"  {shown(name)} = {shown(text)}", soft_wrap=True)
    for one in versions:
        told = f"version {one.version}: {_line(one)}{_change(one)}"
        console.print(told, soft_wrap=True)


def _change(alert: Alert) -> str:
    """What somebody did to make this version."""
    change = alert.change
    if change is None or not change.by:
        return ""
    said = f": {shown(change.text)}" if change.text else ""
    return f" ({change.kind} by {shown(change.by)}{said})"


async def _follow(settings: Settings, closed: bool, limit: int, json: bool) -> None:
    def first(listed: Sequence[Alert]) -> None:
        if not json:
            _print_list(listed, closed, limit)
        for alert in listed[:limit] if json else ():
            write_json(alert.model_dump(mode="json"))

    async for alert in alerts.follow(settings, closed=closed, limit=limit + 1, first=first):
        if json:
            write_json(alert.model_dump(mode="json"))
        else:
            console.print(_line(alert), soft_wrap=True)


def run(
    follow: Annotated[bool, typer.Option("--follow", help="Go on with each change.")] = False,
    closed: Annotated[bool, typer.Option("--all", help="Resolved and expired ones, too.")] = False,
    alert_id: Annotated[
        str | None,
        typer.Option("--show", metavar="ID", help="One, with its history; the first digits do."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many of those there are.")] = 1_000,
    json: Annotated[
        bool, typer.Option("--json", help="As JSON; with --follow an object a line.")
    ] = False,
) -> None:
    """List open alerts, the worst first; --follow prints every change until Ctrl-C.

    Exit codes: 0 shown, or --follow ended with Ctrl-C; 1 no such alert, nothing runs or a server
    does not answer.

    Example: foreshock alerts --follow
    """
    if follow and alert_id is not None:
        raise UserError("--follow and --show exclude each other", "leave one out", exit_code=2)
    settings = context.connected(broker=follow)
    if alert_id is not None:
        show(settings, alert_id, json)
    elif follow:
        try:
            asyncio.run(_follow(settings, closed, limit, json))
        except KeyboardInterrupt:
            raise typer.Exit(0) from None
    else:
        listed = alerts.load(settings, closed=closed, limit=limit + 1)
        if json:
            write_json([alert.model_dump(mode="json") for alert in listed[:limit]])
        else:
            _print_list(listed, closed, limit)
