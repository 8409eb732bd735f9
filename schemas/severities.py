"""Severity of one log line: syslog's eight levels (RFC 5424, table 2) on one ascending scale."""

from enum import IntEnum


class Severity(IntEnum):
    """Higher is worse. `UNKNOWN` means the line does not say."""

    UNKNOWN = 0
    TRACE = 1
    DEBUG = 2
    INFO = 3
    NOTICE = 4
    WARNING = 5
    ERROR = 6
    CRITICAL = 7
    ALERT = 8
    EMERGENCY = 9
