"""The demo, whole and alone: of each seed whether its fault is found, and how soon; and whether
anything pages where there is no fault.

Each run starts its own stack in a new data directory, as a newcomer's first one does.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from schemas.settings import child_environment
from tests.bench.measuring import report

SEEDS: Final = range(1, 6)
_FAULT_SECONDS: Final = 180
_QUIET_SECONDS: Final = 120
_STOPPED_SECONDS: Final = 300  # to start, and to stop, on a machine that has much to do


def once(data_dir: Path, seed: int, fault: str, seconds: int) -> dict[str, Any]:
    """What one run has reached; `ok` is its exit code's word on it."""
    answer = subprocess.run(
        [
            *(sys.executable, "-m", "connectors.cli", "--data", str(data_dir)),
            *("demo", "--once", "--json", "--for", str(seconds)),
        ],
        env=child_environment(DEMO_SEED=str(seed), DEMO_FAULT=fault),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=False,
        timeout=seconds + _STOPPED_SECONDS,
    )
    lines = answer.stdout.splitlines()
    reached: dict[str, Any] = json.loads(lines[-1]) if lines else {}
    return {"seed": seed, "fault": fault, "ok": answer.returncode == 0, **reached}


def run(directory: Path) -> None:
    """Five seeds with their faults, then the same without; a line each, and one that sums up."""
    directory.mkdir()
    found = []
    for fault, seconds in (("random", _FAULT_SECONDS), ("none", _QUIET_SECONDS)):
        for seed in SEEDS:
            found.append(once(directory / f"{fault}-{seed}", seed, fault, seconds))
            report("demo_run", **found[-1])
    faults = [one for one in found if one["fault"] == "random"]
    quiet = [one for one in found if one["fault"] == "none"]
    times = [one["first_alert_s"] for one in faults if one.get("first_alert_s") is not None]
    report(
        "demo",
        faults_found=sum(one["ok"] for one in faults),
        faults=len(faults),
        slowest_first_alert_s=max(times, default=None),
        quiet_runs_without_pages=sum(one["ok"] for one in quiet),
        quiet_runs=len(quiet),
    )
