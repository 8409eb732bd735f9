"""Cisco's devices (IOS, NX-OS, ASA): syslog with a mnemonic that carries the severity.

`<189>123: router1: *Mar  1 18:46:11.123: %SYS-5-CONFIG_I: message`, and
`Apr 20 2024 14:12:02 fw1 : %ASA-4-106023: message`.
"""

import re

from agents.parsing.formats.patterns import DIGITS, LETTERS
from agents.parsing.formats.registry import Parts, log_format
from agents.parsing.severities import SYSLOG

_LINE = re.compile(
    r"(?:<\d{1,3}>)?(?:\d{1,10}: )?(?:([\w.-]{1,255}): )?(?:[*.]?"
    r"([A-Z][a-z]{2} {1,2}\d{1,2} (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d{1,6})?(?: [A-Z]{3,4}\b)?)"
    r":? ?(?:([\w.:-]{1,255}) )?:? ?)?"
    r"%([A-Z][A-Z\d_]{0,31})(?:-[A-Z\d_]{1,32})?-([0-7])-([A-Z\d_]{1,64}): ?"
)


@log_format("cisco", first=DIGITS + LETTERS + "<%*.")
def read(line: str) -> Parts | None:
    """The service is the facility; the mnemonic stays in front of the message, as it names it."""
    found = _LINE.match(line)
    if found is None:
        return None
    sender, stamp, host, facility, severity, mnemonic = found.groups()
    message = f"{mnemonic}: {line[found.end() :]}"
    return stamp, sender or host, facility, SYSLOG[int(severity)], message[: len(line)]
