"""Lines that begin with their level and have no time, e.g. Python's default `WARNING:root:text`.

Also `[INFO] text` (Maven), `INFO[0012] text` (logrus), `error: text`, and Cassandra's
`INFO  [thread] 2024-01-02 03:04:05,678 text`.
"""

import re

from agents.parsing.formats.patterns import BRACKETED, LETTERS, LEVEL, UPPER_LEVEL
from agents.parsing.formats.registry import Parts, Rank, log_format
from agents.parsing.times import STAMP

_LINE = re.compile(
    rf"(?:\[({LEVEL})\s*\]|<({LEVEL})>|({LEVEL})(?=:)|({UPPER_LEVEL})(?=\s|\[\d))"
    r"(?:\[\d{4,10}\])?[\s:]{0,8}"
    rf"(?:(?:{BRACKETED}\s+)?({STAMP})[\s,:|-]{{1,8}}"
    r"|([A-Za-z_][\w.]{0,127}):(?=\S))?"
)


@log_format("level_first", rank=Rank.LOOSE, first=LETTERS + "[<", logger=True)
def read(line: str) -> Parts | None:
    """A word without punctuation counts as the level only in capitals."""
    found = _LINE.match(line)
    if found is None:
        return None
    bracketed, angled, colon, capitals, stamp, logger = found.groups()
    level = bracketed or angled or colon or capitals
    return stamp, None, logger, level, line[found.end() :]
