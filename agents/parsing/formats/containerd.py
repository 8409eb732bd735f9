"""Kubernetes' container log files: `2016-10-06T00:17:09.669794202Z stdout F message`.

Time, stream, and F or P (the line goes on), as the container runtime interface has it.
"""

import re

from agents.parsing.formats.patterns import ANYTHING, DIGITS
from agents.parsing.formats.registry import Parts, log_format

_LINE = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,9}(?:Z|[+-]\d\d:\d\d)) std(?:out|err) [FP](?: |$)"
)


@log_format("containerd", first=DIGITS, wraps=ANYTHING)
def read(line: str) -> Parts | None:
    """The runtime's time goes before the program's own: it has a zone."""
    found = _LINE.match(line)
    return None if found is None else (found[1], None, None, None, line[found.end() :])
