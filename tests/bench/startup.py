"""How long each part takes to be ready, from a cold start in a fresh data directory."""

import json
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

from schemas.settings import child_environment
from tests.bench.measuring import report

_ROOT = Path(__file__).parents[2]


def run(directory: Path) -> None:
    """`up --detach` and `down` of a whole instance."""
    data = directory / "data"
    command = [sys.executable, "-m", "connectors.cli", "--data", str(data)]
    options = {"cwd": _ROOT, "env": child_environment(), "stdout": subprocess.DEVNULL}
    started = time.time()
    subprocess.run([*command, "up", "--detach"], check=True, **options)  # type: ignore[call-overload]
    seconds = time.time() - started
    parts = _ready_after(data / "logs" / "supervisor.log", started)
    stopping = time.time()
    subprocess.run([*command, "down"], check=True, **options)  # type: ignore[call-overload]
    report("startup", up_seconds=round(seconds, 1), ready_after_seconds=parts,
           down_seconds=round(time.time() - stopping, 1))  # fmt: skip


def _ready_after(log: Path, started: float) -> dict[str, float]:
    found = {}
    for line in log.read_text().splitlines():
        event = json.loads(line)
        if event.get("event") == "part_ready":
            at = datetime.fromisoformat(event["time"]).timestamp()
            found[event["part"]] = round(at - started, 1)
    return found
