"""Logs of supercomputers as the Computer Failure Data Repository holds them.

`- 1131566461 2005.11.09 dn228 Nov 9 12:01:01 dn228/dn228 crond[2915]: message` (an alert label or
`-`, Unix time, date, node, then the node's own line), and HPC clusters'
`460903 node-246 unix.hw state_change.unavailable 1074119817 1 message`.
"""

import re

from agents.parsing.formats.patterns import DIGITS, LETTERS
from agents.parsing.formats.registry import Parts, log_format

_LABELLED = re.compile(
    r"(?:-|[A-Z][A-Z0-9_]{1,32}) (\d{9,10}) \d{4}\.\d\d\.\d\d (\S{1,255}) "
    r"(?:\d{4}-\d\d-\d\d-\d\d\.\d\d\.\d\d\.\d{6} \S{1,255} [A-Z]{1,16} ([A-Z_]{1,32}) "
    r"([A-Z]{4,8}) |[A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d \S{1,255} "
    r"(?:([^\s:\[]{1,128})(?:\[\d{1,10}\])?: )?)"
)
_CLUSTER = re.compile(r"\d{1,10} (\S{1,64}) ([\w.-]{1,64}) [\w.-]{1,64} (\d{9,10}) \d ")


@log_format("supercomputer", first=DIGITS + LETTERS + "-")
def read(line: str) -> Parts | None:
    """The host is the node; the service the facility (Blue Gene), the tag or the component."""
    found = _LABELLED.match(line)
    if found is not None:
        stamp, node, facility, level, tag = found.groups()
        return stamp, node, facility or tag, level, line[found.end() :]
    found = _CLUSTER.match(line)
    if found is None:
        return None
    node, component, stamp = found.groups()
    return stamp, node, component, None, line[found.end() :]
