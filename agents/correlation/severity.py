"""How bad: the one table from (kind of signal, its strength, severity of the lines) to a severity.

One signal has one severity; an alert has the worst of its signals, and is critical when the
measurements of a place and its log lines would each page alone.
"""

from collections.abc import Iterable
from typing import Final

from schemas.alerts import AlertSeverity
from schemas.severities import Severity
from schemas.signals import Signal

_CRITICAL, _HIGH, _WARNING, _INFO, _LOW = AlertSeverity

# Columns: not about lines; TRACE to NOTICE; WARNING; ERROR; CRITICAL; ALERT and EMERGENCY.
_TABLE: Final[dict[tuple[str, str], tuple[AlertSeverity, ...]]] = {
    ("anomaly", "warning"): (_WARNING, _INFO, _WARNING, _WARNING, _WARNING, _HIGH),
    ("anomaly", "paging"): (_HIGH, _WARNING, _HIGH, _HIGH, _HIGH, _CRITICAL),
    ("rate_change", "warning"): (_WARNING, _INFO, _WARNING, _WARNING, _WARNING, _HIGH),
    ("rate_change", "paging"): (_HIGH, _WARNING, _HIGH, _HIGH, _HIGH, _CRITICAL),
    ("new_pattern", "warning"): (_INFO, _LOW, _INFO, _WARNING, _HIGH, _CRITICAL),
    ("new_pattern", "paging"): (_WARNING, _INFO, _WARNING, _HIGH, _HIGH, _CRITICAL),
    ("source_silent", "warning"): (_WARNING,) * 6,
    ("source_silent", "paging"): (_HIGH,) * 6,
}
_ABOUT_LINES: Final = frozenset(["new_pattern", "rate_change"])


def _column(lines: int) -> int:
    if lines == Severity.UNKNOWN:
        return 0
    return 1 if lines < Severity.WARNING else min(lines, Severity.ALERT) - Severity.WARNING + 2


def severity_of(signal: Signal) -> AlertSeverity:
    """Of one signal. Numbers outside the scale of lines count as its nearest end."""
    return _TABLE[signal.kind, signal.strength][_column(max(signal.severity, 0))]


def word_of(signal: Signal) -> str:
    """The origin's own word: the level of the lines, else the strength of the signal."""
    known = Severity.UNKNOWN < signal.severity <= Severity.EMERGENCY
    return Severity(signal.severity).name.lower() if known else signal.strength


def severity_of_all(signs: Iterable[tuple[str, AlertSeverity]]) -> AlertSeverity:
    """Of an alert, from (kind, severity) of each of its signs; at least one is needed."""
    found = list(signs)
    worst = min((severity for _, severity in found), key=lambda severity: severity.rank)
    paging = {kind in _ABOUT_LINES for kind, severity in found if severity.pages}
    return _CRITICAL if len(paging) == 2 else worst
