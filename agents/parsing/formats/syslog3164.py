"""BSD syslog (RFC 3164, 4.1), as daemons send it and as /var/log/messages holds it.

`<34>Oct 11 22:14:15 mymachine su[77]: 'su root' failed`; PRI, year, fraction and zone are
optional, and the month may be in another language than English.
"""

import re

from agents.parsing.formats.registry import Parts, log_format
from agents.parsing.severities import PRI

_LINE = re.compile(
    r"(?:<(\d{1,3})>)?"
    r"([^\W\d_]{3,4}\.? {1,2}\d{1,2} (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d{1,6})?(?: \d{4})?"
    r"(?: (?:UTC|GMT|[A-Z]{2,3}[DS]?T)\b)?):? "
    r"(?:(\S{1,255}) )??"
    # The tag: program[pid]: or program:, and Apple's names with blanks, if a pid follows.
    r"(?:([^\s:\[\]]{1,128})(?:\[[^\]\s]{0,64}\])?(?: \d[\d.]*)?:(?!:) ?"
    r"|([^\s:\[\]]{1,64}(?: [^\s:\[\]]{1,32}){1,3})\[\d{1,10}\]: ?)"
)
# Without a tag (RFC 3164, 4.3.3 shows such) everything after the host is the message.
_TAGLESS = re.compile(
    r"(?:<(\d{1,3})>)?"
    r"([^\W\d_]{3,4}\.? {1,2}\d{1,2} (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d{1,6})?)"
    r" (?:([\w.:-]{1,255}) )?"
)


@log_format("syslog3164", wraps="0123456789{[")
def read(line: str) -> Parts | None:
    """Severity from PRI, where there is one; the service is the tag without its pid."""
    found = _LINE.match(line)
    if found is None:
        return _tagless(line)
    pri, stamp, host, tag, spaced_tag = found.groups()
    return stamp, host, tag or spaced_tag, PRI.get(pri), line[found.end() :]


def _tagless(line: str) -> Parts | None:
    found = _TAGLESS.match(line)
    if found is None:
        return None
    pri, stamp, host = found.groups()
    return stamp, host, None, PRI.get(pri), line[found.end() :]
