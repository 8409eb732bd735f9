"""`foreshock patterns`: what the logs say, most frequent first; one of them with real lines."""

import asyncio
from typing import Annotated

import typer
from rich.table import Table

from connectors import patterns
from connectors.cli import context
from connectors.cli.output import console, write_json
from connectors.patterns import PatternView
from schemas.display import shown
from schemas.errors import UserError
from schemas.settings import Settings


def table(views: list[PatternView]) -> Table:
    """One row a pattern."""
    drawn = Table("count", "last seen (UTC)", "uid", "template", box=None, header_style="dim")
    drawn.columns[0].justify = "right"
    for view in views:
        drawn.add_row(
            f"{view.count:,}", f"{view.last_seen:%m-%d %H:%M:%S}", view.uid, shown(view.template)
        )
    return drawn


def show(settings: Settings, uid: str, json: bool) -> None:
    """One pattern by any of its uids. Raises UserError when there is none."""
    views, counted = patterns.load(settings)
    view = next((view for view in views if uid == view.uid or uid in view.uids), None)
    if view is None:
        raise UserError(f"no pattern {uid}", "`foreshock patterns` lists them")
    members = [one for one in counted if one.uid in view.uids]
    lines = asyncio.run(patterns.samples(settings, members))
    if json:
        write_json(
            view.model_dump(mode="json") | {"samples": [line.model_dump() for line in lines]}
        )
        return
    console.print(shown(view.template), style="bold", soft_wrap=True)
    console.print(f"uid {view.uid}, {view.count:,} lines, {view.events:,} events")
    console.print(f"first seen {view.first_seen:%F %T} UTC, last seen {view.last_seen:%F %T} UTC")
    console.print(f"sources {', '.join(map(shown, view.sources))}")
    console.print(f"services {', '.join(map(shown, view.services)) or 'none named'}")
    for line in lines:
        place = f"{line.topic}-{line.partition}@{line.offset}#{line.line}"
        text = shown(line.text) if line.text is not None else "past retention"
        console.print(f"  {place}  {text}", soft_wrap=True)
    console.print(f"  kept sample  {shown(view.sample)}", soft_wrap=True)


def run(
    source: Annotated[str | None, typer.Option(help="Only lines of this source.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 20,
    uid: Annotated[str | None, typer.Option("--show", metavar="UID", help="One, in full.")] = None,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """List patterns with their counts; with --show one pattern and real lines of it.

    Exit codes: 0 shown, 1 no such pattern or nothing runs.

    Example: foreshock patterns --source file:/var/log/syslog --limit 5
    """
    settings = context.connected()
    if uid is not None:
        show(settings, uid, json)
        return
    views, _ = patterns.load(settings, source)
    if json:
        write_json([view.model_dump(mode="json") for view in views[:limit]])
        return
    console.print(table(views[:limit]))
    if len(views) > limit:
        console.print(f"{len(views) - limit:,} more; see --limit", style="dim")
