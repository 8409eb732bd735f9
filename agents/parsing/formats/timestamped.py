"""What begins with a time stamp of any kind, and has no more structure that we know."""

import re

from agents.parsing.formats.patterns import DIGITS, LETTERS
from agents.parsing.formats.registry import Parts, Rank, log_format
from agents.parsing.times import STAMP, TIME_OF_DAY

_LINE = re.compile(rf"[\[(\"]?({STAMP}|{TIME_OF_DAY})(?![\w.])[\])\"]?[\s,:;|>-]{{0,8}}")


@log_format("timestamped", rank=Rank.LOOSE, first=DIGITS + LETTERS + '[("')
def read(line: str) -> Parts | None:
    """The message is all after the stamp and its punctuation."""
    found = _LINE.match(line)
    return None if found is None else (found[1], None, None, None, line[found.end() :])
