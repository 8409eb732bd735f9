"""`foreshock up`: everything on this machine, in the foreground or in the background."""

import itertools
import time
from typing import Annotated

import typer
from rich.text import Text

from connectors.cli import context
from connectors.cli.logins import first_words
from connectors.cli.output import console, errors
from connectors.embedded.detached import start_detached
from connectors.embedded.stack import run as run_stack
from connectors.instance import base_url
from schemas.display import shown
from schemas.settings import Settings

_COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "bright_cyan", "bright_magenta")


def run(
    detach: Annotated[
        bool,
        typer.Option("--detach", help="Return when everything is ready, and leave it running."),
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option(min=1, max=64, help="Ingest processes [INGEST_WORKERS]."),
    ] = None,
) -> None:
    """Start everything: servers, tables, topics, agents, API, pollers.

    A server whose address is set (KAFKA_BOOTSTRAP_SERVERS, DATABASE_URL) is used, not started.
    In the foreground the logs of all parts follow, and Ctrl-C stops what was started.

    Example: foreshock up --detach --workers 2

    Exit codes: 0 stopped, or with --detach ready; 1 something did not get ready; 2 wrong settings.
    """
    settings, started = context.settings(), time.time()
    if workers:
        settings = settings.model_copy(update={"ingest_workers": workers})
    errors.print(
        f"starting in {settings.data_dir}; the first time, the broker is fetched", style="dim"
    )
    if detach:
        start_detached(settings)
        console.print("ready; `foreshock status` shows the parts, `foreshock down` stops them")
        _say_login(settings, started)
    else:
        merged = _MergedLog(started)
        run_stack(settings, merged.begin, merged.show)


def _say_login(settings: Settings, started: float) -> None:
    if said := first_words(settings, started):
        console.print(said, soft_wrap=True)


class _MergedLog:
    """What all parts write, from the moment that everything is ready."""

    def __init__(self, started: float) -> None:
        self._started = started
        self._begun = False
        self._free = itertools.cycle(_COLOURS)
        self._colours: dict[str, str] = {}

    def begin(self, reached: Settings) -> None:
        """Says that everything is ready; shows lines from now on."""
        if reached.ui_enabled:
            workspace = base_url(reached.ui_host, reached.ui_port)
            console.print(f"Workspace: {workspace}", soft_wrap=True)
        console.print(
            f"ready: Kafka on {reached.kafka_bootstrap_servers}, API on "
            f"{base_url(reached.api_host, reached.api_port)}; Ctrl-C stops what was started",
            soft_wrap=True,
        )
        _say_login(reached, self._started)
        self._begun = True

    def show(self, part: str, line: str) -> None:
        """One line of one part, each part in its colour."""
        if self._begun:
            colour = self._colours.setdefault(part, next(self._free))
            console.print(Text.assemble((f"{part:<10} ", colour), shown(line)), soft_wrap=True)
