"""The two charts of the dashboard: what their axes count in."""

from datetime import UTC, datetime, timedelta
from typing import Any

import dash
import pytest

from tests.ui.acting import acting

START = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
STARTS = [(START + timedelta(minutes=n)).isoformat() for n in range(3)]


@pytest.mark.parametrize(
    ("critical", "high", "step"),
    [([1, 0, 0], [0, 1, 0], 1), ([0, 3, 0], [0, 2, 0], None), ([0, 700, 9], [], None)],
    ids=["few", "stacked", "many"],
)
async def test_there_is_no_half_of_an_alert(
    app: dash.Dash, critical: list[int], high: list[int], step: int | None
) -> None:
    from ui.address import Period
    from ui.dashboard.volume import alert_bars

    known: dict[str, Any] = {"critical": critical, "high": high, "of no colour": [9]}
    with acting({}):
        drawn = alert_bars(
            {"starts": STARTS, "alerts": known},
            Period(START, START + timedelta(hours=1), True, "1h"),
        )
    assert drawn.layout.yaxis.dtick == step
