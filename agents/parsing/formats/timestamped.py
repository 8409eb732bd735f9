"""What begins with a time stamp of any kind; behind it we know no structure but logfmt."""

import re

from agents.parsing.formats import logfmt
from agents.parsing.formats.patterns import DIGITS, LETTERS
from agents.parsing.formats.registry import Parts, Rank, log_format
from agents.parsing.times import STAMP, TIME_OF_DAY

_LINE = re.compile(rf"[\[(\"]?({STAMP}|{TIME_OF_DAY})(?![\w.])[\])\"]?[\s,:;|>-]{{0,8}}")


@log_format("timestamped", rank=Rank.LOOSE, first=DIGITS + LETTERS + '[("')
def read(line: str) -> Parts | None:
    """The message is all after the stamp and its punctuation, unless that is logfmt."""
    found = _LINE.match(line)
    if found is None:
        return None
    rest = line[found.end() :]
    pairs = logfmt.read(rest) if "=" in rest[:64] else None
    return (found[1], *pairs[1:]) if pairs else (found[1], None, None, None, rest)
