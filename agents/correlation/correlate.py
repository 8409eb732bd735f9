"""Signals become alerts: which signals are one alert, and when it begins, ends and begins again.

In come one group's state, one signal and its arrival (the broker's time of append); out come the
changed alerts, each one version higher. Nothing here knows what time it is.
"""

from datetime import datetime, timedelta
from typing import Final

from agents.correlation.state import (
    MAX_GROUP_SIGNS,
    MAX_SIGNS,
    Alone,
    Group,
    Held,
    Sign,
    digest,
    group_of,
    sign_of,
)
from agents.correlation.wording import as_alert
from schemas.alert_states import AlertEvent, step
from schemas.alerts import Alert, AlertChange
from schemas.signals import Signal

JOIN: Final = timedelta(minutes=10)  # signs that begin so close together are one alert
REOPEN: Final = timedelta(minutes=15)  # over for no longer than this: it is the same alert again
FORGET: Final = timedelta(hours=1)  # a closed alert is remembered for so long
DISMISSED: Final = timedelta(hours=24)  # one that somebody closed, as its signals may go on
# How long a sign counts as lasting without news of it. That a pattern is new has no end.
LIFETIME: Final = {
    "anomaly": timedelta(hours=24),
    "rate_change": timedelta(hours=24),
    "source_silent": timedelta(hours=24),
    "new_pattern": timedelta(hours=1),
}


def correlate(group: Group, signal: Signal, arrival: datetime) -> list[Alert]:
    """Takes the signal into the group. A repeat, and news older than what is known, change
    nothing; neither does the end of what nobody knows (any more).
    """
    changed = pass_time(group, arrival)
    key, sign = digest(signal.kind, signal.scope), sign_of(signal, arrival)
    held = next((one for one in group.held if key in one.signs), None)
    if held:
        known = held.signs[key]
        if not _is_news(sign, known):
            return changed
        if held.dismissed and sign.id == known.id:
            _note_dismissed(held, key, sign)
            return changed
        if sign.id != known.id and not _may_go_on(held, sign.onset):
            _leave(group, held, key)
            held = None
    elif sign.version > 1 and not sign.active:
        return changed
    if held is None:
        changed += _make_room(group)
        held = _place(group, sign, key, digest(group_of(signal), key))
    _take(held, key, sign, demo=signal.demo)
    said = AlertChange(kind="signal", at=sign.at, text=sign.reason)
    return [*changed, as_alert(held, said)]


def pass_time(group: Group, clock: datetime) -> list[Alert]:
    """What the broker's time alone changes: alerts without news expire, old ones are forgotten."""
    changed = []
    for held in list(group.held):
        if held.state.is_open and _due(held) <= clock:
            changed.append(_expire(held, _due(held)))
        # Also what has just expired: whether somebody looked in between must not matter.
        if not held.state.is_open and _due(held) <= clock:
            group.held.remove(held)
    group.alone = [one for one in group.alone if _due(one) > clock]
    return changed


def next_due(group: Group) -> datetime | None:
    """When `pass_time` will next change something; None: never."""
    return min([*map(_due, group.held), *map(_due, group.alone)], default=None)


def _deciding(held: Held) -> list[Sign]:
    """The signs that keep it open: those of states. New patterns only where there are no others,
    because that something is new is never over.
    """
    signs = list(held.signs.values())
    return [sign for sign in signs if sign.kind != "new_pattern"] or signs


def _due(held: Held | Alone) -> datetime:
    if isinstance(held, Alone):
        return held.news + FORGET
    if held.closed_news is not None:
        return held.closed_news + (DISMISSED if held.dismissed else FORGET)
    return max(sign.news + LIFETIME[sign.kind] for sign in _deciding(held) if sign.active)


def _expire(held: Held, when: datetime) -> Alert:
    for sign in held.signs.values():
        sign.active = False
    _lead(held, AlertEvent.LAPSE)
    held.closed_at = held.closed_news = when
    held.version += 1
    return as_alert(held, AlertChange(kind="expire", at=when))


def _lead(held: Held, event: AlertEvent) -> None:
    """Where the event leads to, and what becomes of the flag."""
    found = step(held.state, event)
    held.state = found.state
    if found.acknowledged is not None:
        held.acknowledged = found.acknowledged


def _note_dismissed(held: Held, key: str, sign: Sign) -> None:
    """News of what somebody has closed: known from now on, and nothing more."""
    sign.active = False
    held.signs[key] = sign
    held.closed_news = sign.news


def _is_news(sign: Sign, known: Sign) -> bool:
    if sign.id == known.id:
        return sign.version > known.version
    return (sign.onset, sign.id) > (known.onset, known.id)


def _may_go_on(held: Held, onset: datetime) -> bool:
    """Whether something that begins then can still be part of this alert."""
    if held.closed_at is None:
        return True
    return held.founder in held.signs and onset - held.closed_at <= REOPEN


def _leave(group: Group, held: Held, key: str) -> None:
    """The scope begins anew, too long after the alert was closed: it will be in another one."""
    del held.signs[key]
    if not held.signs:
        group.held.remove(held)


def _make_room(group: Group) -> list[Alert]:
    """Room for one more sign: the oldest alert goes, a closed one if there is any."""
    if sum(len(held.signs) for held in group.held) < MAX_GROUP_SIGNS:
        return []
    oldest = min(group.held, key=lambda held: (held.state.is_open, held.first_seen, held.id))
    group.held.remove(oldest)
    return [_expire(oldest, oldest.last_seen)] if oldest.state.is_open else []


def _place(group: Group, sign: Sign, key: str, fingerprint: str) -> Held:
    """The alert that a scope without one joins, or founds."""
    near = [
        held
        for held in group.held
        if abs(sign.onset - held.first_seen) <= JOIN
        and _may_go_on(held, sign.onset)
        and len(held.signs) < MAX_SIGNS
    ]
    if near:
        return max(near, key=lambda held: (held.state.is_open, held.first_seen, held.id))
    held = Held(
        # The version tells a signal seen from its beginning from one whose alert was forgotten.
        id=digest(fingerprint, sign.onset.isoformat(), str(sign.version)),
        fingerprint=fingerprint,
        founder=key,
        signs={},
        first_seen=sign.onset,
        last_seen=sign.at,
    )
    _lead(held, AlertEvent.FIRE)
    group.held.append(held)
    return held


def _take(held: Held, key: str, sign: Sign, *, demo: bool) -> None:
    known = held.signs.get(key)
    if known is None or known.id != sign.id:
        held.count += 1
    held.signs[key] = sign
    held.first_seen = min(held.first_seen, sign.onset)
    held.last_seen = max(held.last_seen, sign.at)
    held.demo = held.demo and demo
    active = any(one.active for one in _deciding(held))
    _lead(held, AlertEvent.FIRE if active else AlertEvent.CLEAR)
    held.dismissed = held.dismissed and not active
    if not held.dismissed:
        held.closed_at = None if active else max(one.at for one in _deciding(held))
        held.closed_news = None if active else sign.news
    held.version += 1
