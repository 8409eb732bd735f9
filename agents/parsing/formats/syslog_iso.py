"""Syslog lines with an ISO 8601 time, rsyslog's default file format on current systems.

`2024-01-02T03:04:05.678901+01:00 host program[77]: message`
"""

import re

from agents.parsing.formats.patterns import DATED, LEVEL
from agents.parsing.formats.registry import Parts, Rank, log_format
from agents.parsing.severities import PRI

_LINE = re.compile(
    r"(?:<(\d{1,3})>)?"
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)) "
    rf"(?!{LEVEL}\b)([\w.:-]{{1,255}}) "
    rf"(?!{LEVEL}\b)([^\s:\[\]=]{{1,128}})(?:\[[^\]\s]{{0,64}}\])?:(?: |$)"
)


@log_format("syslog_iso", rank=Rank.FAMILY, first="<0123456789", wraps=DATED)
def read(line: str) -> Parts | None:
    """A level in the place of host or program is some logger's line, not syslog's."""
    found = _LINE.match(line)
    if found is None:
        return None
    pri, stamp, host, tag = found.groups()
    return stamp, host, tag, PRI.get(pri), line[found.end() :]
