"""What people may do to an alert in each state, and that signals and decisions get along."""

from datetime import timedelta
from typing import Any

import pytest

from agents.correlation.correlate import DISMISSED, FORGET, pass_time
from agents.correlation.decide import MAX_ALONE_BYTES, decide
from agents.correlation.state import Group
from schemas.alerts import Alert, AlertSeverity, AlertState
from schemas.commands import Actor, Command, NewAlert, Target
from tests.agents.correlation.signals import Stage, at, signal
from tests.connectors.alerting import alert

GROUP = "host:web-1"
KIM = Actor(id="u1", name="kim")


def command(kind: str, alert_id: str = "a", number: int = 1, **more: Any) -> Command:
    """One target, whichever version it is at."""
    target = Target(
        id=alert_id,
        expected_version=more.pop("expected", None),
        alert=more.pop("seen", None),
    )
    wish = {"id": f"c{number}", "kind": kind, "targets": [target], "by": KIM, "at": at(0)} | more
    return Command.model_validate(wish)


def give(group: Group, wish: Command, minutes: float = 1.0) -> tuple[str, Alert | None]:
    """Status and the new version."""
    decision = decide(group, wish, wish.targets[0], at(minutes))
    return decision.item.status, decision.alert


# What a person would draw: what becomes of an alert, as it is shown, by each decision; "-" is
# forbidden, "=" changes nothing.
DRAWN = """
             acknowledge   unacknowledge resolve  assign        comment
pending      -             -             resolved pending       pending
firing       acknowledged  =             resolved firing        firing
acknowledged =             firing        resolved acknowledged  acknowledged
suppressed   suppressed    =             resolved suppressed    suppressed
resolved     -             -             -        resolved      resolved
expired      -             -             -        expired       expired
"""
_HEADER, *_ROWS = (line.split() for line in DRAWN.strip().splitlines())
CELLS = [(row[0], kind, cell) for row in _ROWS for kind, cell in zip(_HEADER, row[1:], strict=True)]


def shown_as(state: str) -> Alert:
    flag = state if state in ("acknowledged", "suppressed") else ""
    plain = AlertState.FIRING if flag else AlertState(state)
    return alert(1, id="a", version=4, state=plain, **({flag: True} if flag else {}))


@pytest.mark.parametrize(("state", "kind", "wanted"), CELLS)
def test_each_cell(state: str, kind: str, wanted: str) -> None:
    seen = shown_as(state)
    status, new = give(Group(), command(kind, seen=seen, owner="lee", text="because"))
    if wanted == "-":
        assert (status, new) == ("forbidden", None)
        return
    assert status == "applied"
    if wanted == "=":
        assert new is None
        return
    assert new is not None
    assert (new.shown_state, new.version) == (wanted, 5)
    assert new.owner == ("lee" if kind == "assign" else "")
    assert new.resolved_at == (at(1) if kind == "resolve" else None)
    assert new.change is not None
    assert (new.change.kind, new.change.by, new.change.text) == (kind, "kim", "because")
    assert (new.change.at, new.change.command) == (at(1), "c1")


def test_signals_and_decisions_share_one_numbering() -> None:
    stage = Stage().take_all([signal(0)])
    (first,) = stage.published
    group = stage.group()
    status, new = give(group, command("acknowledge", first.id, expected=1))
    assert new is not None
    assert (status, new.version, new.shown_state) == ("applied", 2, "acknowledged")
    assert give(group, command("comment", first.id, expected=1))[0] == "conflict"
    assert new.model_dump(exclude={"version", "acknowledged", "change"}) == first.model_dump(
        exclude={"version", "acknowledged", "change"}
    )


def decided(stage: Stage, wish: Command, minutes: float) -> Alert:
    """The stage goes on with what was decided."""
    group = stage.group()
    _, new = give(group, wish, minutes)
    assert new is not None
    stage.keep(GROUP, group)
    stage.published.append(new)
    return new


def test_an_acknowledgement_survives_signals_until_the_alert_is_over() -> None:
    stage = Stage().take_all([signal(0)])
    alert_id = stage.published[0].id
    decided(stage, command("acknowledge", alert_id), 1)
    decided(stage, command("assign", alert_id, owner="kim"), 1)
    (worse,) = stage.take(signal(1, scope="metric:web-1/load_1m", strength="paging"), at(2))
    assert (worse.shown_state, worse.owner, worse.version) == ("acknowledged", "kim", 4)
    stage.take(signal(0, version=2, active=False, seen=3), at(3))
    (over,) = stage.take(
        signal(1, scope="metric:web-1/load_1m", version=2, active=False, seen=4), at(4)
    )
    assert (over.shown_state, over.acknowledged, over.owner) == ("resolved", False, "kim")
    (again,) = stage.take(signal(6), at(6))
    assert (again.id, again.shown_state, again.owner) == (alert_id, "firing", "kim")


def test_what_somebody_resolved_opens_again_only_when_something_begins_anew() -> None:
    stage = Stage().take_all([signal(0)])
    alert_id = stage.published[0].id
    closed = decided(stage, command("resolve", alert_id), 2)
    assert (closed.shown_state, closed.resolved_at) == ("resolved", at(2))
    assert stage.take(signal(0, version=2, strength="paging", seen=3), at(3)) == []
    assert stage.take(signal(0, version=3, active=False, seen=4), at(4)) == []
    (again,) = stage.take(signal(8), at(8))
    assert (again.id, again.version, again.shown_state) == (alert_id, 3, "firing")
    assert again.resolved_at is None


def test_what_somebody_resolved_is_remembered_while_it_goes_on() -> None:
    stage = Stage().take_all([signal(0)])
    decided(stage, command("resolve", stage.published[0].id), 2)
    stage.pass_time(GROUP, at(2) + FORGET)
    assert stage.take(signal(0, version=2, strength="paging", seen=90), at(90)) == []
    stage.pass_time(GROUP, at(90) + DISMISSED)
    assert stage.group().held == []


def test_long_after_somebody_resolved_it_the_same_trouble_is_another_alert() -> None:
    stage = Stage().take_all([signal(0)])
    first = decided(stage, command("resolve", stage.published[0].id), 2)
    (other,) = stage.take(signal(30), at(30))
    assert other.id != first.id
    assert other.fingerprint == first.fingerprint


def raise_one(group: Group, number: int = 1, **more: Any) -> Alert:
    wish = NewAlert(title="slow", severity=AlertSeverity.HIGH, source="phone", **more)
    _, new = give(group, command("create", f"m{number}", number, alert=wish))
    assert new is not None
    return new


def test_somebody_raises_an_alert_and_it_stays_until_it_is_resolved() -> None:
    group = Group()
    new = raise_one(group, labels={"host": "web-1"})
    assert (new.type, new.shown_state, new.version, new.first_seen) == (
        "manual",
        "firing",
        1,
        at(1),
    )
    assert pass_time(group, at(1) + FORGET) == []
    assert group.alone == []
    status, resolved = give(group, command("resolve", "m1", 2, seen=new, expected=1), 500)
    assert resolved is not None
    assert (status, resolved.version, resolved.shown_state) == ("applied", 2, "resolved")
    assert (
        give(
            group,
            command(
                "create",
                "m1",
                3,
                alert=NewAlert.model_validate({"title": "x", "severity": "low", "source": "y"}),
            ),
        )[0]
        == "conflict"
    )


def test_what_was_decided_counts_before_what_the_decider_saw() -> None:
    group = Group()
    old = shown_as("resolved")
    assert give(group, command("comment", seen=old, text="one"))[1] is not None
    _, new = give(group, command("comment", number=2, seen=old, text="two"))
    assert new is not None
    assert new.version == 6
    assert give(group, command("comment", number=3, seen=old, expected=4))[0] == "conflict"


def test_nobody_knows_it() -> None:
    assert give(Group(), command("comment", text="?")) == ("not_found", None)


def test_alerts_that_stand_alone_are_bounded() -> None:
    group = Group()
    for number in range(200):
        raise_one(group, number, description="x" * 4000)
    assert sum(len(one.document) for one in group.alone) <= MAX_ALONE_BYTES
    assert group.ids[-1] == "m199"
    assert at(1) + timedelta(hours=1) >= group.alone[0].news
