"""`foreshock demo`: the whole stack on this machine's logs and a made-up fleet, watched live."""

import glob
import shlex
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.live import Live

from connectors.cli import context
from connectors.cli.logins import how_to_log_in
from connectors.cli.output import console, errors, write_json
from connectors.cli.screen import screen, status_line
from connectors.embedded.directory import Directory
from connectors.embedded.stack import run as run_stack
from connectors.live import Phase, Picture, verdict
from connectors.milestones import Milestones
from connectors.removal import remove_demo
from connectors.sources.book import open_book
from connectors.sources.demo import injected
from connectors.watching import Watch
from schemas.display import shown
from schemas.errors import UserError
from schemas.settings import Settings

_LOGS: Final = "/var/log"
_JOURNALS: Final = (Path("/run/log/journal"), Path("/var/log/journal"))
_SERVERS_LOGS: Final = ("kafka*.log", "postgres*.log")
_STATUS_SECONDS: Final = 5.0
_ONCE_SECONDS: Final = 120.0


def run(
    seconds: Annotated[
        float | None,
        typer.Option("--for", metavar="SECONDS", min=1, help="Stop so long after being ready."),
    ] = None,
    once: Annotated[
        bool,
        typer.Option("--once", help="Stop at the alert of the fault; --for defaults to 120."),
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="With --once: end with what was reached, as JSON.")
    ] = False,
    remove: Annotated[
        bool, typer.Option("--remove", help="Delete what the made-up fleet has left; no start.")
    ] = False,
) -> None:
    """Start everything, follow this machine's logs and a made-up shop, show it live.

    Followed are the journal, text files below /var/log and the logs of the embedded servers, and
    this machine is measured; FILE_SOURCES, JOURNALD and HOST_METRICS, where they are set, say what
    is done instead. The shop is a fleet of twelve hosts that are made up and marked so: first its
    past, then its present with one fault (DEMO_FLEET, DEMO_SEED, DEMO_FAULT). Without a terminal a
    status line comes every few seconds.

    Exit codes: 0 stopped by Ctrl-C; with --for patterns were seen and the books balance; with
    --once a pattern and the fault's alert were seen, or with DEMO_FAULT=none no alert that pages;
    1 something did not get ready, or was not seen; 2 wrong use or settings.

    Example: foreshock demo --for 60
    """
    if json and not once:
        raise UserError("--json goes with --once", "add --once", exit_code=2)
    if remove:
        _remove(context.connected(broker=False))
        return
    settings = following_this_machine(context.settings())
    if once:
        _once(settings, seconds or _ONCE_SECONDS, json)
        return
    with (
        _painting(settings) as paint,
        Watch(settings.data_dir, paint, seconds) as watch,
    ):
        run_stack(settings, watch.ready, watch.heard)
    _say_how_to_go_on(watch.picture, settings.data_dir)
    if seconds is not None and not watch.picture.sound:
        raise typer.Exit(1)


def _once(settings: Settings, seconds: float, json: bool) -> None:
    """Until the alert of the injected fault, and not much longer."""
    reached = Milestones(time.monotonic(), lambda: _onset(settings))

    def enough(picture: Picture) -> bool:
        return reached.note(picture, time.monotonic())

    told = _StatusLines(errors if json else console, settings)
    with Watch(settings.data_dir, told.say, seconds, enough) as watch:
        run_stack(settings, watch.ready, watch.heard)
    picture = watch.picture
    if json:
        write_json(reached.as_json(picture))
    else:
        _say_how_to_go_on(picture, settings.data_dir)
    if settings.demo_fault == "none":
        seen = reached.first_pattern is not None and not reached.paged
    else:
        seen = enough(picture)
    if not seen:
        raise typer.Exit(1)


def _remove(settings: Settings) -> None:
    gone = remove_demo(settings)
    console.print(
        f"removed {gone.lines:,} lines of {gone.sources} made-up sources,"
        f" {gone.points:,} metric points and {gone.alerts:,} alerts;"
        " the ledger balances without them"
    )
    if gone.kept_hosts:
        console.print(
            f"kept the metric points of {', '.join(map(shown, gone.kept_hosts))}, made up or not:"
            " others measure hosts of the same name"
        )


def _onset(settings: Settings) -> datetime | None:
    """When the injected fault began, as the pollers have written it down."""
    with open_book(settings.data_dir / "edges.sqlite") as book:
        last = injected(book, settings.demo_seed)
    return datetime.fromtimestamp(last[0].onset, UTC) if last else None


def following_this_machine(settings: Settings) -> Settings:
    """The settings with this machine's logs and metrics and the made-up fleet, where nothing else
    is set.

    The data directory becomes absolute.
    """
    directory = Directory(settings.data_dir.resolve())
    # A comma would end the path in FILE_SOURCES, where `?` stands for any character.
    logs = glob.escape(str(directory.logs)).replace(",", "?")
    chosen: dict[str, Any] = {
        "file_sources": [_LOGS, *(f"{logs}/{name}" for name in _SERVERS_LOGS)],
        "demo_fleet": True,
        "journald": bool(shutil.which("journalctl")) and any(map(Path.exists, _JOURNALS)),
        "host_metrics": True,
    }
    own = {name: value for name, value in chosen.items() if name not in settings.model_fields_set}
    return settings.model_copy(update={**own, "data_dir": directory.root})


@contextmanager
def _painting(settings: Settings) -> Iterator[Callable[[Picture], None]]:
    """What shows a picture: the whole terminal, or a line now and then where there is none."""
    if not console.is_terminal or console.is_dumb_terminal:
        yield _StatusLines(console, settings).say
        return
    with Live(console=console, screen=True, auto_refresh=False) as live:

        def draw(picture: Picture) -> None:
            login = how_to_log_in(settings) if picture.phase is Phase.RUNNING else ""
            drawn = screen(picture, console.size, str(settings.data_dir), time.monotonic(), login)
            live.update(drawn, refresh=True)

        yield draw


class _StatusLines:
    """One line every five seconds, and one at once when the phase changes; once, how to log in."""

    def __init__(self, where: Console, settings: Settings) -> None:
        self._where = where
        self._settings = settings
        self._said_at = float("-inf")
        self._phase: object = None

    def say(self, picture: Picture) -> None:
        """Called often; says something when it is time."""
        now = time.monotonic()
        if picture.phase is Phase.RUNNING is not self._phase:
            login = how_to_log_in(self._settings)
            self._where.print(login, soft_wrap=True, end="\n" if login else "")
        if picture.phase is not self._phase or now - self._said_at >= _STATUS_SECONDS:
            self._phase, self._said_at = picture.phase, now
            self._where.print(status_line(picture), soft_wrap=True)


def _say_how_to_go_on(picture: Picture, data_dir: Path) -> None:
    counted = ""
    if picture.ledger:
        counted = f" {picture.lines:,} lines, {len(picture.patterns):,} patterns; "
        counted += f"{shown(verdict(picture.ledger))}."
    command = _own_command()
    if data_dir != Path.cwd() / ".foreshock":
        command += f" --data {shlex.quote(str(data_dir))}"
    said = [f"Everything is stopped.{counted}", f"The data is kept in {data_dir}. Go on:"]
    said += [f"  {command} {words}" for words in ("up --detach", "ingest FILE", "patterns")]
    console.print("\n".join(said), soft_wrap=True)


def _own_command() -> str:
    """How to call this program from the user's shell."""
    if shutil.which("foreshock"):
        return "foreshock"
    beside = Path(sys.executable).with_name("foreshock")
    return str(beside.relative_to(Path.cwd()) if beside.is_relative_to(Path.cwd()) else beside)
