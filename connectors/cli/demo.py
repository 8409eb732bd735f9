"""`foreshock demo`: the whole stack on this machine's own logs, watched live in the terminal."""

import glob
import shlex
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.live import Live

from connectors.cli import context
from connectors.cli.output import console, shown
from connectors.cli.screen import screen, status_line
from connectors.embedded.directory import Directory
from connectors.embedded.stack import run as run_stack
from connectors.live import Picture, verdict
from connectors.watching import Watch
from schemas.settings import Settings

_LOGS: Final = "/var/log"
_JOURNALS: Final = (Path("/run/log/journal"), Path("/var/log/journal"))
_SERVERS_LOGS: Final = ("kafka*.log", "postgres*.log")
_STATUS_SECONDS: Final = 5.0


def run(
    seconds: Annotated[
        float | None,
        typer.Option("--for", metavar="SECONDS", min=1, help="Stop so long after being ready."),
    ] = None,
) -> None:
    """Start everything, follow this machine's logs, show patterns and the ledger live.

    Followed are the journal, text files below /var/log and the logs of the embedded servers, and
    this machine is measured; FILE_SOURCES, JOURNALD and HOST_METRICS, where they are set, say what
    is done instead. Without a
    terminal a status line comes every few seconds.

    Exit codes: 0 stopped by Ctrl-C, or with --for patterns were seen and the books balance;
    1 something did not get ready, or with --for either is missing; 2 wrong settings.

    Example: foreshock demo --for 60
    """
    settings = following_this_machine(context.settings())
    with (
        _painting(str(settings.data_dir)) as paint,
        Watch(settings.data_dir, paint, seconds) as watch,
    ):
        run_stack(settings, watch.ready, watch.heard)
    _say_how_to_go_on(watch.picture, settings.data_dir)
    if seconds is not None and not watch.picture.sound:
        raise typer.Exit(1)


def following_this_machine(settings: Settings) -> Settings:
    """The settings with this machine's logs and metrics as sources, where none are set.

    The data directory becomes absolute.
    """
    directory = Directory(settings.data_dir.expanduser().resolve())
    # A comma would end the path in FILE_SOURCES, where `?` stands for any character.
    logs = glob.escape(str(directory.logs)).replace(",", "?")
    chosen: dict[str, Any] = {
        "file_sources": [_LOGS, *(f"{logs}/{name}" for name in _SERVERS_LOGS)],
        "journald": bool(shutil.which("journalctl")) and any(map(Path.exists, _JOURNALS)),
        "host_metrics": True,
    }
    own = {name: value for name, value in chosen.items() if name not in settings.model_fields_set}
    return settings.model_copy(update={**own, "data_dir": directory.root})


@contextmanager
def _painting(where: str) -> Iterator[Callable[[Picture], None]]:
    """What shows a picture: the whole terminal, or a line now and then where there is none."""
    if not console.is_terminal or console.is_dumb_terminal:
        yield _StatusLines().say
        return
    with Live(console=console, screen=True, auto_refresh=False) as live:

        def draw(picture: Picture) -> None:
            live.update(screen(picture, console.size, where, time.monotonic()), refresh=True)

        yield draw


class _StatusLines:
    """One line every five seconds, and one at once when the phase changes."""

    def __init__(self) -> None:
        self._said_at = float("-inf")
        self._phase: object = None

    def say(self, picture: Picture) -> None:
        """Called often; says something when it is time."""
        now = time.monotonic()
        if picture.phase is not self._phase or now - self._said_at >= _STATUS_SECONDS:
            self._phase, self._said_at = picture.phase, now
            console.print(status_line(picture), markup=False, soft_wrap=True)


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
    console.print("\n".join(said), markup=False, soft_wrap=True)


def _own_command() -> str:
    """How to call this program from the user's shell."""
    if shutil.which("foreshock"):
        return "foreshock"
    beside = Path(sys.executable).with_name("foreshock")
    return str(beside.relative_to(Path.cwd()) if beside.is_relative_to(Path.cwd()) else beside)
