"""`foreshock bench`: measures this machine, in a checkout: measurements are no product."""

import importlib.util
import subprocess
import sys
from typing import Annotated

import typer

from schemas.errors import UserError


def run(
    lines: Annotated[int, typer.Option(min=1_000, help="Of the end-to-end stream.")] = 10_000_000,
    only: Annotated[str | None, typer.Option(help="One measurement by name.")] = None,
) -> None:
    """Measure throughput, memory and start-up; one JSON line a figure.

    Exit codes: those of the measurement, 1 outside a checkout.

    Example: foreshock bench --lines 1000000
    """
    if importlib.util.find_spec("tests") is None or not importlib.util.find_spec("tests.bench"):
        raise UserError("the measurements are not installed", "run it in a checkout: make bench")
    chosen = ["--only", only] if only else []
    command = [sys.executable, "-m", "tests.bench", "--lines", str(lines), *chosen]
    raise typer.Exit(subprocess.call(command))
