"""Apache httpd's error log, 2.2 and 2.4.

`[Thu Oct 13 12:24:49.880562 2022] [auth_basic:error] [pid 10:tid 77] [client 31.33.58.75:50229] ..`
"""

import re

from agents.parsing.formats.registry import Parts, log_format

_LINE = re.compile(
    r"\[([A-Z][a-z]{2} [A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d(?:\.\d{1,6})? \d{4})\] "
    r"\[(?:[\w-]{0,64}:)?(\w{1,16})\] "
    r"(?:\[pid [^\]]{1,64}\] )?(?:\[(?:client|remote) [^\]]{1,64}\] )?"
)


@log_format("apache_error", first="[")
def read(line: str) -> Parts | None:
    """Process, thread and client are no part of the message."""
    found = _LINE.match(line)
    if found is None:
        return None
    return found[1], None, None, found[2], line[found.end() :]
