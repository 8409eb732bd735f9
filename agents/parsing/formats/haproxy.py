"""HAProxy's HTTP and TCP log without its syslog header.

`client:port [12/Mar/2021:06:56:28.088] frontend backend/server timers status bytes ... "request"`
"""

import re

from agents.parsing.formats.patterns import DIGITS
from agents.parsing.formats.registry import Parts, log_format
from agents.parsing.severities import http_status
from schemas.severities import Severity

_HEADER = re.compile(
    r"[\da-fA-F.:]{3,45}:\d{1,5} \[(\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d\.\d{3})\] "
)
_HTTP = re.compile(r'(\S{1,255}) (\S{1,255}) [\d/+-]+ (-1|\d{3}) \+?\d+ [^"]*+"([^"]*+)"?')


@log_format("haproxy", first=DIGITS + "abcdefABCDEF:")
def read(line: str) -> Parts | None:
    """Of an HTTP line the message is frontend, backend, request and status; else all after time."""
    header = _HEADER.match(line)
    if header is None:
        return None
    http = _HTTP.match(line, header.end())
    if http is None:
        return header[1], None, "haproxy", _without_request(line), line[header.end() :]
    frontend, backend, status, request = http.groups()
    message = f"{frontend} {backend} {request} {status}"
    return header[1], None, "haproxy", http_status(status), message


def _without_request(line: str) -> Severity:
    return Severity.WARNING if "failure" in line else Severity.INFO
