"""A value beside a robust baseline."""

import pytest

from schemas.baselines import SAMPLES_NEEDED, judge, quantile
from schemas.checks import CheckQuestion, answer

DAY = [20.0 + n % 5 for n in range(100)]


def test_what_is_usual_is_normal_and_what_is_not_has_its_word() -> None:
    found = [judge(DAY, value, is_percent=False) for value in (22.0, 24.0, 26.5, 29.0, 97.0)]
    assert [one.severity for one in found] == ["normal", "normal", "low", "medium", "high"]
    assert found[0].centre == 22.0
    assert found[0].deviation == pytest.approx(1.4826)


def test_few_wild_samples_do_not_hide_a_strange_value() -> None:
    wild = [*DAY, *[1e6] * 10]
    assert judge(wild, 97.0, is_percent=False).severity == "high"


def test_many_equal_samples_do_not_make_the_others_strange() -> None:
    mostly = [0.0] * 60 + [float(n) for n in range(40)]
    assert judge(mostly, 20.0, is_percent=False).severity == "normal"


@pytest.mark.parametrize("constant", [0.0, 5.0, -3.25, 1e90])
def test_a_constant_series_never_alerts(constant: float) -> None:
    found = judge([constant] * 50, constant, is_percent=False)
    assert (found.severity, found.score) == ("normal", 0.0)


def test_a_constant_that_jumps_does() -> None:
    assert judge([0.0] * 50, 1.0, is_percent=False).severity == "high"
    assert judge([50.0] * 50, 51.0, is_percent=False).severity == "normal"
    assert judge([0.0] * 50, 1.0, is_percent=True).severity == "normal"  # a CPU that wakes up


def test_quantiles_lie_between_their_neighbours() -> None:
    assert [quantile([1.0, 2.0, 4.0], share) for share in (0, 0.25, 0.5, 0.75, 1)] == [
        1.0, 1.5, 2.0, 3.0, 4.0,
    ]  # fmt: skip
    assert quantile([7.0], 0.95) == 7.0


@pytest.mark.parametrize("count", [0, 1, SAMPLES_NEEDED - 1])
def test_too_few_samples_are_said(count: int) -> None:
    asked = CheckQuestion(host="h", metric_name="m", current_value=1e9)
    found = answer(asked, [1.0] * count, None)
    assert (found.is_anomaly, found.severity) == (False, "unknown")
    assert found.reason == f"learning: {count} of {SAMPLES_NEEDED} samples"


def test_the_answer_names_its_baseline() -> None:
    asked = CheckQuestion(host="h", metric_name="m", current_value=22.0, lookback_hours=6)
    assert answer(asked, DAY, 60).baseline == (
        "median and robust deviation of 100 means of 60 s, the last 6 h"
    )
