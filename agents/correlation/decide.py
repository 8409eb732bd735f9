"""People decide on alerts: what a command makes of one. The table of states says what may be.

In come the state that remembers the alert, the command, one of its targets and the command's
arrival; out come what became of it and, if that is something new, the next version.
"""

from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from agents.correlation.state import Alone, Group, Held, digest
from agents.correlation.wording import as_alert
from schemas.alert_states import AlertEvent, ForbiddenStep, step
from schemas.alerts import Alert, AlertChange, AlertState
from schemas.commands import Command, DecidedItem, NewAlert, Target

# Of alerts that stand alone a shard keeps the last; one that gives way is known by what the
# decider saw of it, as any that is forgotten.
MAX_ALONE_BYTES: Final = 96 * 1024
_EVENTS: Final = {
    "acknowledge": AlertEvent.ACKNOWLEDGE,
    "unacknowledge": AlertEvent.UNACKNOWLEDGE,
    "resolve": AlertEvent.RESOLVE,
}


class Decision(NamedTuple):
    """What became of a target; `alert` is None where nothing changed."""

    item: DecidedItem
    alert: Alert | None = None


def decide(group: Group, command: Command, target: Target, arrival: datetime) -> Decision:
    """Decides on one target of the command in the group that remembers it, if any does."""
    change = AlertChange(
        kind=command.kind,
        at=arrival,
        by=command.by.name,
        by_id=command.by.id,
        text=command.text,
        command=command.id,
    )
    held = next((one for one in group.held if one.id == target.id), None)
    now = as_alert(held) if held else _alone(group, target)
    if command.kind == "create" and command.alert is not None:
        if now is not None:
            return _refused(target, "conflict", now.version, "there is such an alert")
        return _kept(group, raised(target.id, command.alert, change), arrival)
    if now is None:
        return _refused(target, "not_found", 0, "there is no such alert")
    if target.expected_version not in (None, now.version):
        reason = f"it is at version {now.version}, not {target.expected_version}"
        return _refused(target, "conflict", now.version, reason)
    try:
        new = changed(now, command, change)
    except ForbiddenStep as error:
        return _refused(target, "forbidden", now.version, str(error))
    if new is None:
        item = DecidedItem(id=now.id, status="applied", version=now.version, alert=now)
        return Decision(item)
    if held is None:
        return _kept(group, new, arrival)
    _hold(held, new, arrival)
    return _applied(as_alert(held, change))


def changed(alert: Alert, command: Command, change: AlertChange) -> Alert | None:
    """The next version; None where all is as the command wants it. Raises ForbiddenStep."""
    new: dict[str, Any] = {"acknowledged": alert.acknowledged, "owner": alert.owner}
    if event := _EVENTS.get(command.kind):
        found = step(alert.state, event)
        new["state"] = found.state
        if found.acknowledged is not None:
            new["acknowledged"] = found.acknowledged
        if found.suppressed is not None:
            new["suppressed"] = found.suppressed
        if not found.state.is_open:
            new["resolved_at"] = change.at
    elif command.kind == "assign":
        new["owner"] = command.owner
    is_new = any(getattr(alert, name) != value for name, value in new.items())
    if not is_new and command.kind != "comment":
        return None
    return alert.model_copy(update=new | {"version": alert.version + 1, "change": change})


def raised(alert_id: str, wish: NewAlert, change: AlertChange) -> Alert:
    """The first version of an alert that somebody raises."""
    return Alert(
        id=alert_id,
        fingerprint=digest("manual", wish.source, wish.title),
        version=1,
        type="manual",
        title=wish.title,
        description=wish.description,
        state=step(AlertState.PENDING, AlertEvent.FIRE).state,
        severity=wish.severity,
        source_severity=wish.source_severity or wish.severity.value,
        source=wish.source,
        labels=wish.labels,
        count=1,
        first_seen=change.at,
        last_seen=change.at,
        change=change,
    )


def _alone(group: Group, target: Target) -> Alert | None:
    """As it is remembered alone, else as the decider saw it."""
    known = next((one for one in group.alone if one.id == target.id), None)
    return Alert.model_validate_json(known.document) if known else target.alert


def _kept(group: Group, alert: Alert, arrival: datetime) -> Decision:
    kept = [one for one in group.alone if one.id != alert.id]
    kept.append(Alone(alert.id, alert.model_dump_json(), arrival.astimezone(UTC)))
    while len(kept) > 1 and sum(len(one.document.encode()) for one in kept) > MAX_ALONE_BYTES:
        del kept[0]
    group.alone = kept
    return _applied(alert)


def _hold(held: Held, new: Alert, arrival: datetime) -> None:
    """What people may change of an alert that signals belong to."""
    if held.state.is_open and not new.state.is_open:
        held.closed_at = held.closed_news = arrival
        held.dismissed = True
        for sign in held.signs.values():
            sign.active = False
    held.state, held.acknowledged, held.owner = new.state, new.acknowledged, new.owner
    held.version = new.version


def _applied(alert: Alert) -> Decision:
    item = DecidedItem(id=alert.id, status="applied", version=alert.version, alert=alert)
    return Decision(item, alert)


def _refused(target: Target, status: Any, version: int, reason: str) -> Decision:
    return Decision(DecidedItem(id=target.id, status=status, version=version, reason=reason))
