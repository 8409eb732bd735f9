"""MySQL's and MariaDB's error log.

`2020-08-06T14:25:02.835618Z 0 [Note] [MY-012487] [InnoDB] message`, and MariaDB's
`2020-08-06 14:25:02 0 [Note] message`.
"""

import re

from agents.parsing.formats.patterns import DIGITS
from agents.parsing.formats.registry import Parts, log_format

_LINE = re.compile(
    r"(\d{4}-\d\d-\d\d[T ] ?\d{1,2}:\d\d:\d\d(?:\.\d{6})?(?:Z|[+-]\d\d:\d\d)?) "
    r"\d{1,20} \[(System|Note|Warning|ERROR|Error)\] "
    r"(?:\[MY-\d{6}\] )?(?:\[[\w-]{1,64}\] )?"
)


@log_format("mysql", first=DIGITS)
def read(line: str) -> Parts | None:
    """The error code and the subsystem are no part of the message."""
    found = _LINE.match(line)
    if found is None:
        return None
    return found[1], None, "mysql", found[2], line[found.end() :]
