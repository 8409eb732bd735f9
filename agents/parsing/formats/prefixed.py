"""Lines with a word or two before a time stamp: a name, an address, a protocol.

`web-7 2017-05-16 00:00:00.008 25746 INFO nova.api message`
"""

import re

from agents.parsing.formats.patterns import ANYTHING, DIGITS, LETTERS
from agents.parsing.formats.registry import Parts, Rank, log_format

# Only times with a date: two words and a time of day may be anybody's sentence.
_LINE = re.compile(
    r"(?:\S{1,255} ){1,2}?(?=[\[(]?(?:\d{4}[-/]\d\d[-/]\d\d[T \t]\d\d:\d\d:\d\d|"
    r"\d\d[-/][A-Z][a-z]{2}[-/]\d{4}[ :]\d\d:\d\d:\d\d))"
)


@log_format("prefixed", rank=Rank.LOOSE, first=DIGITS + LETTERS + "#[(/-\"'", wraps=ANYTHING)
def read(line: str) -> Parts | None:
    """What stands before the stamp is dropped, what follows is a line of its own."""
    found = _LINE.match(line)
    return None if found is None else (None, None, None, None, line[found.end() :])
