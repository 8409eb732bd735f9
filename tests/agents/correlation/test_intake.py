"""What the stages refuse to read, so that nothing behind them can stumble over it."""

import pytest

from agents.correlation.intake import decode_alert, decode_signal
from schemas.errors import InvalidEvent
from schemas.signals import CLOCK
from tests.agents.correlation.signals import Stage, signal

GOOD = signal(0, value=1.5, baseline={"mean": 1.0, "std": 0.1, "low": 0.5, "high": 1.25})


def test_what_was_published_is_read() -> None:
    assert decode_signal(GOOD.model_dump_json().encode()) == GOOD
    assert decode_signal(CLOCK) is None
    (alert,) = Stage().take_all([GOOD]).published
    assert decode_alert(alert.model_dump_json().encode()) == alert


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"version":1', '"version":"one"'),
        ('"value":1.5', '"value":NaN'),
        ('"mean":1.0', '"mean":Infinity'),
        ("2026-03-01", "9999-12-31"),
        ('"scope":"', '"scope":"\\ud800'),
        ("{", "["),
    ],
)
def test_a_signal_that_means_nothing_is_refused(old: str, new: str) -> None:
    with pytest.raises(InvalidEvent):
        decode_signal(GOOD.model_dump_json().replace(old, new).encode())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"version":1', '"version":0'),
        ('"version":1', '"version":99999999999'),
        ('"mean":1.0', '"mean":NaN'),
        ("2026-03-01", "0001-01-01"),
        ('"firing"', '"burning"'),
    ],
)
def test_an_alert_that_could_not_be_read_again_is_refused(old: str, new: str) -> None:
    (alert,) = Stage().take_all([GOOD]).published
    with pytest.raises(InvalidEvent):
        decode_alert(alert.model_dump_json().replace(old, new).encode())
