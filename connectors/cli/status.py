"""`foreshock status`: every part of the running instance, and why one is not ready."""

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import psutil
import typer
from rich.table import Table
from rich.text import Text

from connectors.cli import context
from connectors.cli.logins import how_to_log_in
from connectors.cli.output import console, errors, write_json
from connectors.embedded.processes import is_alive
from connectors.instance import Instance, PartState, key_file, read_instance
from connectors.redis_address import without_password
from schemas.display import shown

_NOT_READY = 1
_NOTHING = 3
_MIB = 1024**2


@dataclass(frozen=True)
class Row:
    """One part as it is now; `uptime_s` and `rss_bytes` are None while it has no process."""

    name: str
    version: str
    pid: int | None
    port: int
    ready: bool
    reason: str
    uptime_s: float | None
    rss_bytes: int | None
    restarts: int


def run(
    json: Annotated[
        bool, typer.Option("--json", help="As one JSON object; holds the database's password.")
    ] = False,
) -> None:
    """Show each part: version, pid, port, uptime, memory, restarts, readiness.

    Example: foreshock status --json

    Exit codes: 0 all ready; 1 something is not, or the supervisor died; 3 nothing runs here.
    """
    settings = context.settings()
    instance = read_instance(settings.data_dir)
    if instance is None:
        if json:
            nothing = {"kafka": None, "postgres": None, "redis": None, "api": None, "ui": None}
            write_json({**nothing, "parts": []})
        errors.print(f"nothing runs in {settings.data_dir}", soft_wrap=True)
        raise typer.Exit(_NOTHING)
    rows = [row_of(state, supervised=instance.supervised) for state in instance.parts]
    if json:
        parts = [asdict(row) for row in rows]
        redis = without_password(instance.redis) or None
        addresses = {"kafka": instance.kafka, "postgres": instance.postgres, "redis": redis}
        addresses |= {"api": instance.api or None, "ui": instance.ui or None}
        addresses |= {"influxdb": instance.influxdb} if instance.influxdb else {}
        write_json({**addresses, "parts": parts})
    else:
        _show(instance, rows, key_file(settings.data_dir))
        if login := how_to_log_in(settings, password=False):
            console.print(login, soft_wrap=True)
    if not instance.supervised:
        errors.print(
            f"the supervisor (pid {instance.supervisor.pid}) died; "
            "`foreshock up` stops what is left of it and goes on with the data",
            soft_wrap=True,
        )
    if not instance.supervised or not all(row.ready for row in rows):
        raise typer.Exit(_NOT_READY)


def row_of(state: PartState, *, supervised: bool) -> Row:
    """What the supervisor wrote, checked against the process itself."""
    uptime = rss = None
    process = state.process if state.process and is_alive(state.process) else None
    if process:
        uptime = round(time.time() - psutil.boot_time() - process.started, 1)
        rss = psutil.Process(process.pid).memory_info().rss
    reason = state.reason
    if process is None and state.ready:
        reason = "its process is gone"
    elif not supervised:
        reason = "its supervisor died"
    return Row(
        name=state.name,
        version=state.version,
        pid=process.pid if process else None,
        port=state.port,
        ready=state.ready and not reason,
        reason=reason,
        uptime_s=uptime,
        rss_bytes=rss,
        restarts=state.restarts,
    )


def _show(instance: Instance, rows: list[Row], key: Path) -> None:
    table = Table("part", "version", "pid", "port", "up", "MiB", "restarts", "ready", box=None)
    for row in rows:
        table.add_row(
            row.name,
            row.version,
            str(row.pid or "-"),
            str(row.port),
            "-" if row.uptime_s is None else f"{row.uptime_s:.0f} s",
            "-" if row.rss_bytes is None else f"{row.rss_bytes / _MIB:.0f}",
            str(row.restarts),
            Text("yes", "green")
            if row.ready
            else Text.assemble(("no", "red"), f": {shown(row.reason)}"),
        )
    console.print(table)
    if instance.api:
        where = f"; its key is in {key}" if key.exists() else ""
        console.print(f"API {instance.api}{where}", soft_wrap=True)
    if instance.ui:
        console.print(f"Workspace {instance.ui}", soft_wrap=True)
    redis = f"; Redis {shown(without_password(instance.redis))}" if instance.redis else ""
    servers = f"Kafka {instance.kafka}{redis}; supervisor {instance.supervisor.pid}"
    console.print(servers, style="dim")
