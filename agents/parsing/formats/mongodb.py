"""MongoDB before 4.4: `2014-11-03T18:28:32.450-0500 I NETWORK [main] text`; later it wrote JSON."""

import re

from agents.parsing.formats.patterns import DIGITS
from agents.parsing.formats.registry import Parts, log_format

_LINE = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(?:Z|[+-]\d\d:?\d\d)) ([FEWID])\d? "
    r"(?:-|[A-Z]{2,16}) ++(?:\[[^\]]{1,128}\] )?"
)


@log_format("mongodb", first=DIGITS)
def read(line: str) -> Parts | None:
    """Component and connection are no part of the message."""
    found = _LINE.match(line)
    if found is None:
        return None
    return found[1], None, "mongodb", found[2], line[found.end() :]
