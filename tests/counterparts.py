"""Programs of others that tests talk to, where this machine has them."""

import os
import shutil
from pathlib import Path

import pytest

_BESIDE = Path(__file__).parents[2] / "shared" / "bin"


def found(name: str) -> Path:
    """The program: from NAME_BINARY, PATH, or ../shared/bin; the test is skipped without it."""
    told = os.environ.get(f"{name.upper()}_BINARY") or shutil.which(name)
    path = Path(told) if told else _BESIDE / name
    if not path.exists():
        pytest.skip(f"there is no {name}: set {name.upper()}_BINARY")
    return path
