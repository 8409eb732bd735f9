"""Windows events as XML, as event forwarding and several shippers write them."""

import re

from agents.parsing.formats.registry import Parts, log_format
from schemas.severities import Severity

_START = re.compile(r"(?:- )?<Event[ >]")
_TIME = re.compile(r"<TimeCreated SystemTime=[\"']([^\"']{1,40})[\"']")
_PROVIDER = re.compile(r"<Provider Name=[\"']([^\"']{1,255})[\"']")
_COMPUTER = re.compile(r"<Computer>([^<]{1,255})<")
_LEVEL = re.compile(r"<Level>([0-5])<")

# winmeta.xml: 0 is "log always", as of audit events.
_LEVELS = (
    Severity.INFO,
    Severity.CRITICAL,
    Severity.ERROR,
    Severity.WARNING,
    Severity.INFO,
    Severity.DEBUG,
)


@log_format("windows_xml", first="<-")
def read(line: str) -> Parts | None:
    """The message is the whole event: its parts are in elements that differ by provider."""
    if _START.match(line) is None:
        return None
    level = _found(_LEVEL, line)
    severity = _LEVELS[int(level)] if level else Severity.UNKNOWN
    return _found(_TIME, line), _found(_COMPUTER, line), _found(_PROVIDER, line), severity, line


def _found(pattern: re.Pattern[str], line: str) -> str | None:
    match = pattern.search(line)
    return match[1] if match else None
