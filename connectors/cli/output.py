"""How commands speak: one console for people, JSON for scripts, errors on stderr."""

import json
import sys
from typing import Any

from rich.console import Console

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def write_json(data: Any) -> None:
    """One JSON document and a newline on stdout."""
    sys.stdout.write(json.dumps(data, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()
