"""How commands speak: one console for people, JSON for scripts, errors on stderr."""

import json
import sys
from typing import Any

from rich.console import Console

# What is printed is text: log lines hold brackets and colons that would be markup and emoji codes.
# Colour comes as `style` or in a `rich.text.Text`.
console = Console(highlight=False, markup=False, emoji=False)
errors = Console(stderr=True, highlight=False, markup=False, emoji=False)


def write_json(data: Any) -> None:
    """One JSON document and a newline on stdout."""
    sys.stdout.write(json.dumps(data, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()
