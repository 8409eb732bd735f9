"""`foreshock history`: where the metric points are kept."""

import asyncio
import functools
import signal
from typing import Annotated

import typer

from connectors.cli import context
from connectors.cli.output import console, errors, write_json
from connectors.embedded.directory import Directory
from connectors.embedded.stack import Stack, stores
from connectors.embedded.stack import run as run_stack
from schemas.display import shown
from schemas.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Where the metric points are kept.")


@app.callback()
def _group() -> None:
    """Where the metric points are kept."""


@app.command()
def move(
    json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
) -> None:
    """Move all metric points to the back end that the settings ask for.

    The instance is stopped meanwhile; its servers are started for the move alone. Cut off, it is
    run again: what was brought already stays as it is. What was moved is then deleted where it
    was, unless points could not be taken.

    Exit codes: 0 the points are where the settings ask for them, 1 could not be done.

    Example: foreshock history move
    """
    settings = context.settings()
    moving = functools.partial(_move, settings, json)

    def compose(own: Settings, directory: Directory) -> Stack:
        # InfluxDB is needed on the way out of it, too.
        return stores(own.model_copy(update={"influxdb_enabled": True}), directory, moving)

    run_stack(settings, lambda _reached: signal.raise_signal(signal.SIGTERM), _unseen, compose)


async def _move(settings: Settings, json: bool, reached: Settings) -> None:
    # Loaded here: the other commands need neither the migrations nor the client of InfluxDB.
    from connectors.stores.history import back_end
    from connectors.stores.history import moving as history
    from connectors.stores.migrate import migrate

    await asyncio.to_thread(migrate, reached.database_url.get_secret_value())
    wanted = reached.model_copy(update={"influxdb_enabled": settings.influxdb_enabled})
    with errors.status("moving") as status:
        done = await history.move(
            reached,
            back_end.configured(wanted),
            lambda now: status.update(f"{now.points:,} points from {now.source} to {now.target}"),
        )
    if json:
        write_json(vars(done))
    elif done.source == done.target:
        console.print(f"nothing to move: the metric history is in {done.target}")
    else:
        console.print(f"moved {done.points:,} points from {done.source} to {done.target}")
    if done.refused:
        errors.print(
            f"{done.refused:,} points could not be taken ({shown(done.reason)});"
            f" {done.source} still has everything",
            soft_wrap=True,
        )


def _unseen(_part: str, _line: str) -> None:
    """The servers' logs are in the data directory."""
