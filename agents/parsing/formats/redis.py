"""Redis: `1:M 25 Apr 2024 05:32:35.018 * text`; before 3.0 `[4018] 14 Nov 07:01:22.119 * text`."""

import re

from agents.parsing.formats.patterns import DIGITS
from agents.parsing.formats.registry import Parts, log_format
from schemas.severities import Severity

_LINE = re.compile(
    r"(?:\d{1,10}:[A-Z]|\[\d{1,10}\]) "
    r"(\d{1,2} [A-Z][a-z]{2} (?:\d{4} )?\d\d:\d\d:\d\d\.\d{3}) ([.*#-]) "
)

# serverLogRaw of Redis: debug, verbose, notice, warning.
_LEVELS = {
    ".": Severity.DEBUG,
    "-": Severity.INFO,
    "*": Severity.NOTICE,
    "#": Severity.WARNING,
}


@log_format("redis", first=DIGITS + "[")
def read(line: str) -> Parts | None:
    """The role (M master, S replica, C child, X sentinel) goes with the process id."""
    found = _LINE.match(line)
    if found is None:
        return None
    return found[1], None, "redis", _LEVELS[found[2]], line[found.end() :]
