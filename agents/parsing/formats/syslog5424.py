"""Syslog protocol (RFC 5424, 6), also without PRI and version, as rsyslog writes it to files.

`<165>1 2003-10-11T22:14:15.003Z host app 77 ID47 [id@32473 key="value"] message`; `-` is nil.
"""

import re

from agents.parsing.formats.patterns import DATED
from agents.parsing.formats.registry import Parts, log_format
from agents.parsing.severities import PRI, named

_BOM = "\ufeff"

_LINE = re.compile(
    r"(?:<(\d{1,3})>\d{1,2} )?"
    r"(-|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) "
    r"([^\s=\[]{1,255}) ([^\s=\[]{1,128}) (\S{1,128}) ([^\s\[]{1,64}) "
    # SD-ELEMENTs (6.3.1); in a value only ", \ and ] are escaped (6.3.3).
    r'(-|(?>(?:\[[^\s\]="]{1,64}(?>(?: [^\s\]="]{1,64}="[^"\\]*(?:\\.[^"\\]*)*")*)\])+))'
    r"(?: +|$)"
)
_LEVEL = re.compile(r' level="(\w{1,16})"')


@log_format("syslog5424", first="<0123456789", wraps=DATED)
def read(line: str) -> Parts | None:
    """Severity from PRI, else from a `level` in the structured data (VMware's habit)."""
    found = _LINE.match(line)
    if found is None:
        return None
    pri, stamp, host, app, _procid, _msgid, data = found.groups()
    if pri is None and stamp == "-":
        return None
    severity = PRI.get(pri)
    if severity is None and (level := _LEVEL.search(data)):
        severity = named(level[1])
    message = line[found.end() :].removeprefix(_BOM)
    return _nil(stamp), _nil(host), _nil(app), severity, message


def _nil(value: str) -> str | None:
    return None if value == "-" else value
