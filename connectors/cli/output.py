"""How commands speak: one console for people, JSON for scripts, errors on stderr."""

import json
import sys
from typing import Any

from rich.console import Console

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

_VISIBLE = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))}
_VISIBLE |= {code: f"\\u{code:04x}" for code in (0x2028, 0x2029, *range(0x202A, 0x202F))}
_VISIBLE |= {code: f"\\u{code:04x}" for code in range(0x2066, 0x206A)}
_LIMIT = 4096


def shown(text: str) -> str:
    """Hostile text made safe to show: control, ANSI and bidi characters visible, at most 4 KiB."""
    cut = text if len(text) <= _LIMIT else text[:_LIMIT] + "…"
    return cut.translate(_VISIBLE)


def write_json(data: Any) -> None:
    """One JSON document and a newline on stdout."""
    sys.stdout.write(json.dumps(data, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()
