"""uWSGI's request log: `[pid: 88185|app: 0|req: 1/1] 127.0.0.1 () {..} [ctime] POST /x => ...`."""

import re

from agents.parsing.formats.registry import Parts, log_format
from agents.parsing.severities import http_status

_LINE = re.compile(
    r"\[pid: \d+\|app: [\d-]+\|req: [\d/-]+\] \S{1,64} \([^)]{0,255}\) \{[^}]{0,255}\} "
    r"\[([A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4})\] "
    r"([A-Z]{1,16} \S+) => [^(]*+\((HTTP/\S{1,8}) (\d{3})\)"
)


@log_format("uwsgi", first="[")
def read(line: str) -> Parts | None:
    """The message is the request and its status, as of an access line."""
    found = _LINE.match(line)
    if found is None:
        return None
    stamp, request, protocol, status = found.groups()
    return stamp, None, None, http_status(status), f"{request} {protocol} {status}"
