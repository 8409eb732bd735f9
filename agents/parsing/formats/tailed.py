"""Lines with the name of their file in front, as `tail`, `grep` and merged logs have them.

`nova-api.log.1 2017-05-16 00:00:00.008 25746 INFO nova.api message`
"""

from agents.parsing.formats.patterns import ANYTHING, DIGITS, LETTERS, quick
from agents.parsing.formats.registry import Parts, log_format

_LINE = quick(
    r"/?(?>(?:[\w.-]{1,64}+/){0,16})([\w-]{1,64}+)\.log[\w.:-]{0,64}?[ :](?=\[?\d{4}-\d\d-\d\d)"
)


@log_format("tailed", first=DIGITS + LETTERS + "/", wraps=ANYTHING)
def read(line: str) -> Parts | None:
    """The service is the file's name up to `.log`; what follows is a line of its own."""
    found = _LINE.match(line)
    return None if found is None else (None, None, found[1], None, line[found.end() :])
