"""Logs of supercomputers as the Computer Failure Data Repository holds them.

`- 1131566461 2005.11.09 dn228 Nov 9 12:01:01 dn228/dn228 crond[2915]: message` (an alert label or
`-`, Unix time, date, node, then the node's own line), and HPC clusters'
`460903 node-246 unix.hw state_change.unavailable 1074119817 1 message`.
"""

from agents.parsing.formats.layout import Layout
from agents.parsing.formats.patterns import DIGITS, LETTERS
from agents.parsing.formats.registry import Parts, log_format

_LABEL = r"(?:-|[A-Z][A-Z0-9_]{1,32}+) (?P<time>\d{9,10}) \d{4}\.\d\d\.\d\d (?P<host>\S{1,255}+) "
BLUE_GENE = Layout(
    rf"{_LABEL}\d{{4}}-\d\d-\d\d-\d\d\.\d\d\.\d\d\.\d{{6}} \S{{1,255}}+ [A-Z]{{1,16}} "
    r"(?P<service>[A-Z_]{1,32}) (?P<level>[A-Z]{4,8}) "
)
USUAL = Layout(
    rf"{_LABEL}[A-Z][a-z]{{2}} {{1,2}}\d{{1,2}} \d\d:\d\d:\d\d \S{{1,255}}+ "
    r"(?P<service>[!-9;-Z\\-~]{1,128}+)(?>(?:\[\d{1,10}\])?): "
)
LABELLED = Layout(
    rf"{_LABEL}[A-Z][a-z]{{2}} {{1,2}}\d{{1,2}} \d\d:\d\d:\d\d \S{{1,255}}+ "
    r"(?:(?P<service>[^\s:\[]{1,128}+)(?:\[\d{1,10}\])?: )?"
)
CLUSTER = Layout(
    r"\d{1,10} (?P<host>\S{1,64}+) (?P<service>[\w.-]{1,64}+) [\w.-]{1,64}+ "
    r"(?P<time>\d{9,10}) \d "
)


@log_format(
    "supercomputer", first=DIGITS + LETTERS + "-", usual=(USUAL, BLUE_GENE, LABELLED, CLUSTER)
)
def read(line: str) -> Parts | None:
    """The host is the node; the service the facility (Blue Gene), the tag or the component."""
    if found := CLUSTER.match(line):
        node, component, stamp = found.groups()
        return stamp, node, component, None, line[found.end() :]
    if found := LABELLED.match(line):
        stamp, node, tag = found.groups()
        return stamp, node, tag, None, line[found.end() :]
    if found := BLUE_GENE.match(line):
        stamp, node, facility, level = found.groups()
        return stamp, node, facility, level, line[found.end() :]
    return None
