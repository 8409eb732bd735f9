"""System logs: RFC 3164 and RFC 5424 lines with their priority, as hosts send them."""

import zlib
from typing import Final

from connectors.sources.shop.faults.fault import Said
from connectors.sources.shop.fleet import BY_NAME, Stream
from connectors.sources.shop.stamps import bsd, iso

# Severities of RFC 5424, table 2.
CRITICAL, ERROR, WARNING, NOTICE, INFO = 2, 3, 4, 5, 6

_FACILITIES: Final = {"kernel": 0, "CRON": 9, "sshd": 4}
_DAEMON: Final = 3


def pid(host: str, program: str) -> int:
    """A process id that stays with a program on a host."""
    return 400 + zlib.crc32(f"{host} {program}".encode()) % 29_000


def said(at: float, host: str, program: str, severity: int, text: str) -> Said:
    """A line of a host's system log, in the layout that the host writes."""
    priority = 8 * _FACILITIES.get(program, _DAEMON) + severity
    number = pid(host, program)
    if BY_NAME[host].modern:
        line = f"<{priority}>1 {iso(at)} {host} {program} {number} - - {text}"
    elif program == "kernel":
        line = f"<{priority}>{bsd(at)} {host} kernel: {text}"
    else:
        line = f"<{priority}>{bsd(at)} {host} {program}[{number}]: {text}"
    return Said(at, Stream(host, ""), line)
