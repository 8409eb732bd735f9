"""Anomalies as the API gives them."""

import pytest

from schemas.anomalies import anomaly, severity_of
from tests.agents.correlation.signals import at, signal


@pytest.mark.parametrize(
    ("strength", "score", "word"),
    [
        ("warning", 3.0, "low"),
        ("warning", 5.49, "low"),
        ("warning", 5.5, "medium"),
        ("warning", 12.0, "medium"),
        ("paging", 7.0, "high"),
    ],
)
def test_words_of_severity(strength: str, score: float, word: str) -> None:
    assert severity_of(strength, score) == word


def test_the_farthest_moment_is_what_is_shown() -> None:
    one = signal(0, seen=9, value=21.0, active=False, version=4)
    found = anomaly(one, (at(3), 97.0), "alert-1")
    assert (found.timestamp, found.value, found.ended) == (at(3), 97.0, at(9))
    assert (found.host, found.metric, found.alert_id) == ("web-1", "cpu_usage", "alert-1")


def test_without_one_it_is_the_newest_and_lasts_while_it_is_active() -> None:
    found = anomaly(signal(0, seen=2))
    assert (found.timestamp, found.value, found.ended) == (at(2), None, None)
    assert found.baseline_mean is None
