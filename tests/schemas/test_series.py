"""Series as answers: names, rates, and steps that are too short."""

from datetime import UTC, datetime, timedelta

import pytest

from schemas.errors import InvalidEvent
from schemas.history import Track
from schemas.series import WantedSeries, check_step, names_of, series_of
from schemas.windows import Window

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("cpu_usage", ["cpu_usage"]),
        ("CPU.Usage-Percent", ["CPU.Usage-Percent", "cpu_usage"]),
        ("cpu_idle", ["cpu_idle"]),  # another quantity than what is kept
        ("net_recv_bps[eth0]", ["net_recv_bps[eth0]", "net_recv_bytes[eth0]"]),
        ("mine", ["mine"]),
    ],
)
def test_names_under_which_a_metric_may_be_kept(asked: str, names: list[str]) -> None:
    assert names_of(asked) == names


def test_a_step_that_gives_too_many_values_is_refused_with_one_that_does_not() -> None:
    window = Window(NOON - timedelta(hours=1), NOON)
    with pytest.raises(InvalidEvent, match="2 s does not"):
        check_step(window, 1)
    check_step(window, 2)
    check_step(window, None)


def test_points_are_answered_without_step_and_steps_with_their_aggregate() -> None:
    wanted = WantedSeries(host="web-1", metric="cpu_usage")
    track = Track([0, 1_500], [1.0, 2.0])
    plain = series_of(wanted, track, step=None, aggregate="mean", is_total=False)
    assert (plain.step, plain.aggregate, plain.unit) == (None, None, "percent")
    assert plain.timestamps[1] == datetime(1970, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC)
    stepped = series_of(wanted, track, step=60, aggregate="max", is_total=False)
    assert (stepped.step, stepped.aggregate, stepped.values) == (60, "max", [1.0, 2.0])
