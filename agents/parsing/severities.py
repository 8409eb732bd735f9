"""Words and numbers of loggers -> Severity.

In comes what a line calls its level (`WARN`, `err`, `DEBUG2`, 40, a syslog priority); out goes one
step of the common scale. What is not known is UNKNOWN, never an error.
"""

from typing import Final

from schemas.severities import Severity

_SPELLINGS: Final = {
    Severity.TRACE: "trace trc verbose verb vrb finest finer silly all v t",
    Severity.DEBUG: "debug dbg debg fine config d debug1 debug2 debug3 debug4 debug5",
    Severity.INFO: "info inf information informational log normal audit i",
    Severity.NOTICE: "notice note system n",
    Severity.WARNING: "warning warn wrn w",
    Severity.ERROR: "error err eror severe failure e",
    Severity.CRITICAL: "critical crit fatal ftl dpanic c f",
    Severity.ALERT: "alert a",
    Severity.EMERGENCY: "emergency emerg panic",
}

# Spellings that header patterns accept: whole words, no single letters and no everyday English.
_NOT_IN_HEADERS: Final = frozenset(
    ["all", "audit", "normal", "system", "silly", "fine", "config", "failure", "note", "log"]
)
LEVEL_NAMES: Final = tuple(
    word
    for words in _SPELLINGS.values()
    for word in words.split()
    if len(word) > 2 and word not in _NOT_IN_HEADERS
)

# The common spellings are looked up as they are, the rest goes through `named`.
WORDS: Final[dict[str, Severity]] = {
    spelling: severity
    for severity, words in _SPELLINGS.items()
    for word in words.split()
    for spelling in (word, word.upper(), word.capitalize())
}

# RFC 5424, table 2: the numerical code of a priority's severity, 0 is the worst.
SYSLOG: Final = (
    Severity.EMERGENCY,
    Severity.ALERT,
    Severity.CRITICAL,
    Severity.ERROR,
    Severity.WARNING,
    Severity.NOTICE,
    Severity.INFO,
    Severity.DEBUG,
)

# RFC 5424, 6.2.1: PRI = facility * 8 + severity, at most 191.
PRI: Final = {str(pri): SYSLOG[pri % 8] for pri in range(192)}

# The six steps that bunyan, pino and OpenTelemetry share.
_STEPS: Final = (
    Severity.TRACE,
    Severity.DEBUG,
    Severity.INFO,
    Severity.WARNING,
    Severity.ERROR,
    Severity.CRITICAL,
)

_STATUS_CLASSES: Final = {"5": Severity.ERROR, "4": Severity.WARNING}


def named(word: str) -> Severity:
    """Severity of a word in any case, with blanks or brackets around it."""
    return WORDS.get(word.strip(" \t[]<>():").lower(), Severity.UNKNOWN)


def bunyan(level: float) -> Severity:
    """Bunyan's and pino's scale: 10 trace ... 60 fatal; custom levels round down."""
    step = int(level // 10)
    return _STEPS[step - 1] if 1 <= step <= 6 else Severity.UNKNOWN


def otel(number: float) -> Severity:
    """SeverityNumber 1 to 24 of the OpenTelemetry logs data model: four numbers a step."""
    return _STEPS[(int(number) - 1) // 4] if 1 <= number <= 24 else Severity.UNKNOWN


def http_status(status: str) -> Severity:
    """Of an access line: 5xx is the server's error, 4xx worth a warning, the rest information."""
    return _STATUS_CLASSES.get(status[:1], Severity.INFO)
