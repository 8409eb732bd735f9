"""Nginx's error log: `2021/12/01 13:53:33 [error] 31#31: *46 message, client: ..., server: ...`."""

from agents.parsing.formats.patterns import DIGITS, quick
from agents.parsing.formats.registry import Parts, log_format

_LINE = quick(r"(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) \[(\w{1,16})\] \d+#\d+: (?:\*\d+ )?")


@log_format("nginx_error", first=DIGITS)
def read(line: str) -> Parts | None:
    """Process, thread and connection number are no part of the message."""
    found = _LINE.match(line)
    if found is None:
        return None
    return found[1], None, None, found[2], line[found.end() :]
