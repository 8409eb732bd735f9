"""Envoy's and Istio's default access log: `[2024-01-02T03:04:05.678Z] "GET / HTTP/2" 200 - ...`."""

from agents.parsing.formats.patterns import quick
from agents.parsing.formats.registry import Parts, log_format
from agents.parsing.severities import http_status

_LINE = quick(
    r"\[(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)\] "
    r'"([^"\\]*+(?>(?:\\.[^"\\]*+)*))" (\d{1,3}) (?=\S)'
)


@log_format("envoy", first="[")
def read(line: str) -> Parts | None:
    """The message is the request and its status; 0 means that the client went away."""
    found = _LINE.match(line)
    if found is None:
        return None
    stamp, request, status = found.groups()
    return stamp, None, None, http_status(status), f"{request} {status}"
