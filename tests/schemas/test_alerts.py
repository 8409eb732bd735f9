"""The one vocabulary: whose word is which severity, in which order, and what people see."""

from datetime import UTC, datetime

import pytest

from schemas.alert_words import WORDS, severity_of
from schemas.alerts import Alert, AlertSeverity, AlertState

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def alert(state: AlertState, *, acknowledged: bool = False, suppressed: bool = False) -> Alert:
    return Alert(
        id="a",
        fingerprint="f",
        version=1,
        type="manual",
        title="t",
        state=state,
        acknowledged=acknowledged,
        suppressed=suppressed,
        severity=AlertSeverity.LOW,
        source="somebody",
        count=1,
        first_seen=NOW,
        last_seen=NOW,
    )


@pytest.mark.parametrize(
    ("word", "severity"),
    [
        ("low", "low"),
        ("Medium", "warning"),
        ("HIGH", "high"),
        ("P1", "critical"),
        ("sev-2", "high"),
        ("SEV 3", "warning"),
        ("Emergency", "critical"),
        ("[error]", "high"),
        ("Disaster", "critical"),
        ("Not classified", "info"),
        ("0", "critical"),
        ("3", "high"),
        ("4", "warning"),
        ("7", "low"),
        ("sky-blue", "warning"),
        ("", "warning"),
    ],
)
def test_foreign_words(word: str, severity: str) -> None:
    assert severity_of(word) == severity


def test_our_own_words_mean_themselves() -> None:
    assert [WORDS[severity.value] for severity in AlertSeverity] == list(AlertSeverity)


def test_the_worst_is_first_and_only_the_two_worst_page() -> None:
    shuffled = sorted(AlertSeverity, key=str)
    ordered = sorted(shuffled, key=lambda severity: severity.rank)
    assert [str(s) for s in ordered] == ["critical", "high", "warning", "info", "low"]
    assert [s for s in AlertSeverity if s.pages] == ["critical", "high"]


def test_flags_are_shown_over_firing_alone() -> None:
    firing, resolved = AlertState.FIRING, AlertState.RESOLVED
    assert alert(firing).shown_state == "firing"
    assert alert(firing, acknowledged=True).shown_state == "acknowledged"
    assert alert(firing, acknowledged=True, suppressed=True).shown_state == "suppressed"
    assert alert(resolved, acknowledged=True, suppressed=True).shown_state == "resolved"


def test_an_alert_survives_its_topic() -> None:
    before = alert(AlertState.FIRING)
    assert Alert.model_validate_json(before.model_dump_json()) == before
