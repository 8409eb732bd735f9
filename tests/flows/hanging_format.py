"""A log format with a catastrophic regular expression, as a careless third party would write it."""

import re

from agents.parsing.formats.registry import Parts, log_format

_CATASTROPHE = re.compile(r"(a+)+$")


@log_format("hanging", first="H")
def read(line: str) -> Parts | None:
    """Never returns for a line that begins with HANG."""
    if line.startswith("HANG "):
        _CATASTROPHE.match("a" * 200 + "!")
    return None
