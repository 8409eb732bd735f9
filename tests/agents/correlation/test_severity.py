"""The one table of severities, and what two kinds of evidence make together."""

from typing import get_args

import pytest

from agents.correlation.severity import severity_of, severity_of_all, word_of
from schemas.alerts import AlertSeverity
from schemas.severities import Severity
from schemas.signals import SignalKind
from tests.agents.correlation.signals import signal

WARNING, HIGH, CRITICAL = AlertSeverity.WARNING, AlertSeverity.HIGH, AlertSeverity.CRITICAL


@pytest.mark.parametrize(
    ("kind", "strength", "lines", "severity"),
    [
        ("anomaly", "warning", Severity.UNKNOWN, "warning"),
        ("anomaly", "paging", Severity.UNKNOWN, "high"),
        ("rate_change", "paging", Severity.INFO, "warning"),
        ("rate_change", "paging", Severity.WARNING, "high"),
        ("rate_change", "warning", Severity.ERROR, "warning"),
        ("new_pattern", "warning", Severity.INFO, "low"),
        ("new_pattern", "warning", Severity.ERROR, "warning"),
        ("new_pattern", "warning", Severity.CRITICAL, "high"),
        ("new_pattern", "warning", Severity.ALERT, "critical"),
        ("new_pattern", "warning", Severity.EMERGENCY, "critical"),
        ("new_pattern", "paging", Severity.ERROR, "high"),
        ("source_silent", "warning", Severity.UNKNOWN, "warning"),
        ("source_silent", "paging", Severity.UNKNOWN, "high"),
    ],
)
def test_one_signal(kind: str, strength: str, lines: int, severity: str) -> None:
    assert severity_of(signal(kind=kind, strength=strength, severity=lines)) == severity


@pytest.mark.parametrize("kind", get_args(SignalKind))
@pytest.mark.parametrize("lines", [-3, *range(10), 99])
def test_every_signal_has_one_and_more_strength_is_never_less(kind: str, lines: int) -> None:
    weak = severity_of(signal(kind=kind, severity=lines))
    strong = severity_of(signal(kind=kind, severity=lines, strength="paging"))
    assert strong.rank <= weak.rank


def test_an_alert_is_as_bad_as_its_worst_sign() -> None:
    assert severity_of_all([("anomaly", WARNING), ("anomaly", HIGH)]) is HIGH
    assert severity_of_all([("anomaly", HIGH), ("new_pattern", WARNING)]) is HIGH


def test_measurements_and_lines_that_both_page_are_critical() -> None:
    assert severity_of_all([("anomaly", HIGH), ("rate_change", HIGH)]) is CRITICAL
    assert severity_of_all([("rate_change", HIGH), ("new_pattern", HIGH)]) is HIGH


def test_the_word_of_the_origin_is_kept() -> None:
    assert word_of(signal(kind="new_pattern", severity=6)) == "error"
    assert word_of(signal(strength="paging")) == "paging"
