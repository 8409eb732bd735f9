"""`foreshock alerts`: what is wrong now, the worst first; and each change as it comes."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Final

import typer
from rich.table import Table

from connectors import alerts
from connectors.cli import context
from connectors.cli.output import console, shown, write_json
from connectors.instance import connected
from schemas.alerts import Alert, AlertSeverity
from schemas.errors import UserError
from schemas.settings import Settings

_COLOURS: Final = {
    AlertSeverity.CRITICAL: "bold red",
    AlertSeverity.HIGH: "red",
    AlertSeverity.WARNING: "yellow",
    AlertSeverity.INFO: "cyan",
    AlertSeverity.LOW: "dim",
}


def table(listed: Sequence[Alert]) -> Table:
    """One row an alert."""
    drawn = Table("severity", "state", "since (UTC)", "signs", "id", "title", box=None)
    drawn.header_style = "dim"
    drawn.columns[3].justify = "right"
    for alert in listed:
        drawn.add_row(
            f"[{_COLOURS[alert.severity]}]{alert.severity}[/]",
            alert.shown_state,
            f"{alert.first_seen:%m-%d %H:%M:%S}",
            f"{alert.count:,}",
            alert.id,
            _title(alert).replace("[", r"\["),
        )
    return drawn


def _title(alert: Alert) -> str:
    return shown(alert.title) + (" (demo)" if alert.demo else "")


def _line(alert: Alert) -> str:
    return (
        f"{alert.last_seen:%m-%d %H:%M:%S} {alert.severity:8} {alert.shown_state:12}"
        f" {alert.id} {_title(alert)}"
    )


def _print_list(listed: Sequence[Alert], closed: bool) -> None:
    if listed:
        console.print(table(listed))
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
    console.print(f"{alert.severity} {alert.shown_state}: {_title(alert)}", markup=False)
    for line in alert.description.splitlines():
        console.print(f"  {shown(line)}", markup=False, soft_wrap=True)
    for name, text in [*alert.labels.items(), *alert.annotations.items()]:
        console.print(f"  {shown(name)} = {shown(text)}", markup=False, soft_wrap=True)
    for one in versions:
        console.print(f"version {one.version}: {_line(one)}", markup=False, soft_wrap=True)


async def _follow(settings: Settings, closed: bool, json: bool) -> None:
    def first(listed: Sequence[Alert]) -> None:
        if not json:
            _print_list(listed, closed)
        for alert in listed if json else ():
            write_json(alert.model_dump(mode="json"))

    async for alert in alerts.follow(settings, closed=closed, first=first):
        if json:
            write_json(alert.model_dump(mode="json"))
        else:
            console.print(_line(alert), markup=False, soft_wrap=True)


def run(
    follow: Annotated[bool, typer.Option("--follow", help="Go on with each change.")] = False,
    closed: Annotated[bool, typer.Option("--all", help="Resolved and expired ones, too.")] = False,
    alert_id: Annotated[
        str | None, typer.Option("--show", metavar="ID", help="One, with its history.")
    ] = None,
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
    settings = connected(context.settings())
    if alert_id is not None:
        show(settings, alert_id, json)
    elif follow:
        try:
            asyncio.run(_follow(settings, closed, json))
        except KeyboardInterrupt:
            raise typer.Exit(0) from None
    else:
        listed = alerts.load(settings, closed=closed)
        if json:
            write_json([alert.model_dump(mode="json") for alert in listed])
        else:
            _print_list(listed, closed)
