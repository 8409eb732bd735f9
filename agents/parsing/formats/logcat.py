"""Android's logcat in `threadtime` layout: `03-17 16:13:38.811  1702  2395 D Tag: message`."""

import re

from agents.parsing.formats.patterns import DIGITS
from agents.parsing.formats.registry import Parts, log_format
from agents.parsing.severities import WORDS

_LINE = re.compile(
    r"((?:\d{4}-)?\d\d-\d\d \d\d:\d\d:\d\d\.\d{3,6}) ++(?:\w++ ++)?\d++ ++\d++ ([VDIWEFA]) "
    r"([^:]{0,128}?) *+:(?: |$)"
)


@log_format("logcat", first=DIGITS, logger=True)
def read(line: str) -> Parts | None:
    """The tag is the logger; A is `assert`, which aborts the process."""
    found = _LINE.match(line)
    if found is None:
        return None
    stamp, letter, tag = found.groups()
    return stamp, None, tag, WORDS["F" if letter == "A" else letter], line[found.end() :]
