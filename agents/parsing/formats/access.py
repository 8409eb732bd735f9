"""Access lines of web servers and proxies: common and combined log format, and what extends them.

`[vhost] client ident user [20/Jul/2009:22:59:26 +0000] "GET / HTTP/1.0" 200 134 ...`. The message
is the request and its status: who asked, and with what browser, would make every line a new one.
"""

from agents.parsing.formats.patterns import DIGITS, LETTERS, quick
from agents.parsing.formats.registry import Parts, log_format
from agents.parsing.severities import http_status

_LINE = quick(
    r"(?=[\w:-])([^\[\"]{1,300}+)(?<= )"
    r"\[(\d\d/[A-Za-z]{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] "
    r'"([^"\\]*+(?>(?:\\.[^"\\]*+)*))" (\d{3}|-)(?= |$)'
)


@log_format("access", first=DIGITS + LETTERS + ":-")
def read(line: str) -> Parts | None:
    """Severity from the status; the service is the virtual host, where the line begins with one."""
    found = _LINE.match(line)
    if found is None:
        return None
    before, stamp, request, status = found.groups()
    return stamp, None, _virtual_host(before), http_status(status), f"{request} {status}"


def _virtual_host(before: str) -> str | None:
    if before.count(" ") != 4:
        return None
    host, _client, ident, _user, _ = before.split(" ")
    return host.partition(":")[0] if ident == "-" else None
