"""IIS in W3C extended format with its default fields (they are named in a `#Fields:` line).

date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent)
cs(Referer) sc-status sc-substatus sc-win32-status time-taken
"""

import re

from agents.parsing.formats.patterns import DIGITS
from agents.parsing.formats.registry import Parts, log_format
from agents.parsing.severities import http_status

_LINE = re.compile(
    r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) [\da-fA-F.:]{2,45} ([A-Z]{1,16} \S++) \S++ \d{1,5} \S++ "
    r"[\da-fA-F.:%]{2,64} \S++ (?:\S++ )?(\d{3}) \d+ \d+(?: \d+)*$"
)


@log_format("iis", first=DIGITS)
def read(line: str) -> Parts | None:
    """The message is method, path and status; W3C times are UTC, which the line does not say."""
    found = _LINE.match(line)
    if found is None:
        return None
    stamp, request, status = found.groups()
    return f"{stamp}Z", None, None, http_status(status), f"{request} {status}"
