"""Fields between bars: `20171223-22:15:29:606|Step_LSC|30002312|message`."""

import re

from agents.parsing.formats.layout import Layout
from agents.parsing.formats.patterns import DIGITS
from agents.parsing.formats.registry import Parts, Rank, log_format
from agents.parsing.times import STAMP

# Huawei's, as phones write it.
USUAL = Layout(
    r"(?P<time>\d{8}-\d{1,2}:\d{1,2}:\d{1,2}:\d{1,3})\|(?P<service>[\w.-]{1,128}+)\|"
    r"(?:\d{1,12}\|)?(?!\d|$)"
)
_LINE = re.compile(rf"({STAMP})\|([\w.-]{{1,128}})\|(?:\d{{1,12}}\|)?(?=\D)")


@log_format("barred", rank=Rank.FAMILY, first=DIGITS, logger=True, usual=(USUAL,))
def read(line: str) -> Parts | None:
    """Time, component and, if there is one, a number that identifies process or user."""
    found = _LINE.match(line) if "|" in line[:40] else None
    return None if found is None else (found[1], None, found[2], None, line[found.end() :])
