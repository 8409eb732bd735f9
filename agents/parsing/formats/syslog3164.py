"""BSD syslog (RFC 3164, 4.1), as daemons send it and as /var/log/messages holds it.

`<34>Oct 11 22:14:15 mymachine su[77]: 'su root' failed`; PRI, year, fraction, zone and tag are
optional, and the month may be in another language than English.
"""

import re

from agents.parsing.formats.layout import Layout
from agents.parsing.formats.patterns import DATED, LETTERS
from agents.parsing.formats.registry import Parts, log_format
from agents.parsing.severities import PRI

_TIME = r"(?P<time>[A-Z][a-z]{2} [ 1-3]\d \d\d:\d\d:\d\d)"
# What nearly every line looks like; first, because it is twice as fast.
USUAL = Layout(rf"{_TIME} (?P<host>\S++) (?P<service>[^\s:\[\]%]++)(?>(?:\[\d++\])?):(?: |$)")
# Apple's: with a (service) behind, or with blanks in the name and a pid. The host begins with a
# small letter, so that it cannot be a year or a zone; a % may be a sign of Cisco's.
_APPLE = rf"{_TIME} (?P<host>[a-z][\w.-]{{0,254}}+) "
_NO_SIGN = r"(?![^%\n]{0,128}%)"
APPLE_SERVICE = Layout(
    rf"{_APPLE}(?P<service>[^\s:\[\]%]{{1,128}}+)(?:\[\d{{1,10}}\])? \([^()%\n]{{1,128}}\):"
    rf"(?!:) ?{_NO_SIGN}"
)
APPLE_NAME = Layout(
    rf"{_APPLE}(?P<service>[^\s:\[\]()%]{{1,64}}+(?>(?: [^\s:\[\]()%]{{1,32}}+){{1,3}}))"
    rf"\[\d{{1,10}}\]: ?{_NO_SIGN}"
)
_STAMP = (
    r"(?:<(\d{1,3})>)?"
    r"([^\W\d_]{3,4}\.? {1,2}\d{1,2} (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d{1,6})?(?: \d{4}\b)?"
    r"(?: (?:UTC|GMT|[A-Z]{2,3}[DS]?T)\b)?):? (?!.{0,128}?%[A-Z][A-Z\d_]*-)"
)
# program[pid]: or program:, also with a version, or with Apple's (service) behind; and Apple's
# names with blanks, if a pid follows.
_TAG = r"([^\s:\[\]]{1,128})(?:\[[^\]\s]{0,64}\])?(?: \d[\d.]*| \([^()]{1,128}\))?:(?!:) ?"
_SPACED_TAG = r"([^\s:\[\]]{1,64}(?: [^\s:\[\]]{1,32}){1,3})\[\d{1,10}\]: ?"
_REST = (
    re.compile(rf"{_STAMP}(\S{{1,255}}) (?:{_TAG}|{_SPACED_TAG})"),
    re.compile(rf"{_STAMP}(){_TAG}()"),
    # Without a tag (RFC 3164, 5.4 shows some) everything after the host is the message.
    re.compile(rf"{_STAMP}(?:(?!last message|message repeated)(\w[\w.:-]{{0,254}}) )?()()"),
)


@log_format(
    "syslog3164", first=LETTERS + "<", wraps=DATED, usual=(USUAL, APPLE_SERVICE, APPLE_NAME)
)
def read(line: str) -> Parts | None:
    """Severity from PRI, where there is one; the service is the tag without its pid."""
    found = USUAL.match(line)
    if found is not None:
        stamp, host, tag = found.groups()
        return stamp, host, tag, None, line[found.end() :]
    for pattern in _REST:
        found = pattern.match(line)
        if found is not None:
            pri, stamp, host, tag, spaced_tag = found.groups()
            return stamp, host, tag or spaced_tag, PRI.get(pri), line[found.end() :]
    return None
