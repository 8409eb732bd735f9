"""Ruby's Logger: `I, [2024-01-02T03:04:05.678901 #1234]  INFO -- program: message`."""

import re

from agents.parsing.formats.registry import Parts, log_format

_LINE = re.compile(
    r"[DIWEFA], \[(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,6}) #\d+\] {1,3}"
    r"([A-Z]{3,5}) -- ([^:]{0,128}): "
)


@log_format("ruby", first="DIWEFA")
def read(line: str) -> Parts | None:
    """The program's name is mostly empty."""
    found = _LINE.match(line)
    if found is None:
        return None
    return found[1], None, found[3], found[2], line[found.end() :]
