"""What a demonstration waits for, and what it says of it."""

from datetime import timedelta
from typing import Any

import pytest

from connectors.live import Picture
from connectors.milestones import Milestones
from connectors.stores.alerts import Numbers
from schemas.alerts import AlertSeverity, AlertState
from tests.connectors.alerting import WHEN, alert
from tests.connectors.test_live import counted, pattern


def test_it_waits_for_a_pattern_and_for_the_alert_and_counts_from_being_up() -> None:
    picture = Picture()
    reached = Milestones(10.0, lambda: WHEN)
    assert not reached.note(picture, 11.0)
    picture.running_since = 15.0
    assert not reached.note(picture, 16.0)
    picture.take_patterns([pattern("a")], [counted("s", "a", 7)], 17.0)
    assert not reached.note(picture, 17.5)
    picture.take_alerts([alert(demo=True), alert(2)], Numbers(200, 150))
    assert reached.note(picture, 30.0)
    assert reached.note(picture, 31.0)
    assert reached.as_json(picture) == {
        "stack_s": 5.0,
        "first_pattern_s": 2.5,
        "first_alert_s": 15.0,
        "patterns": 1,
        "lines": 7,
        "alerts": 150,
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"demo": False},
        {"severity": AlertSeverity.WARNING},
        {"state": AlertState.RESOLVED},
        {"last_seen": WHEN - timedelta(seconds=1)},
    ],
)
def test_another_alert_is_not_that_of_the_fault(changes: dict[str, Any]) -> None:
    reached = Milestones(0.0, lambda: WHEN)
    assert reached.found([alert(demo=True)])
    assert not reached.found([alert(**({"demo": True} | changes))])


def test_without_a_fault_there_is_nothing_to_find() -> None:
    assert not Milestones(0.0, lambda: None).found([alert(demo=True)])


def test_a_page_that_is_over_has_been_one() -> None:
    reached, picture = Milestones(0.0, lambda: None), Picture()
    picture.alerts = [alert(severity=AlertSeverity.WARNING)]
    reached.note(picture, 1.0)
    assert not reached.paged
    picture.alerts = [alert()]
    reached.note(picture, 2.0)
    picture.alerts = [alert(state=AlertState.RESOLVED)]
    reached.note(picture, 3.0)
    assert reached.paged


def test_what_was_not_reached_is_null() -> None:
    said = Milestones(0.0, lambda: None).as_json(Picture())
    assert said["stack_s"] is said["first_pattern_s"] is said["first_alert_s"] is None
