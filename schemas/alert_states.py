"""Which event leads an alert from which state to which: one table, read by all who decide.

A cell says the next state and what becomes of the two flags, or why there is no such step.
"""

from enum import StrEnum
from typing import Final, NamedTuple

from schemas.alerts import AlertState
from schemas.errors import ForeshockError

PENDING, FIRING, RESOLVED, EXPIRED = AlertState


class AlertEvent(StrEnum):
    """What may happen to an alert: the first three come from signals, the rest from people."""

    FIRE = "fire"  # what it is about holds, for the first time or again
    CLEAR = "clear"  # what it is about is over
    LAPSE = "lapse"  # nothing was heard of it for too long
    ACKNOWLEDGE = "acknowledge"  # somebody takes care
    UNACKNOWLEDGE = "unacknowledge"
    SUPPRESS = "suppress"  # nobody wants to hear of it now
    UNSUPPRESS = "unsuppress"
    RESOLVE = "resolve"  # somebody says that it is over


class Step(NamedTuple):
    """The next state; a flag that is None stays as it was."""

    state: AlertState
    acknowledged: bool | None = None
    suppressed: bool | None = None


class Forbidden(NamedTuple):
    """There is no such step, and this is why."""

    reason: str


class ForbiddenStep(ForeshockError):
    """An event that the table forbids in this state; the message says why."""


_NOT_YET: Final = Forbidden("it has not fired yet")
_OVER: Final = Forbidden("it is over")
_CLOSED: Final = {"acknowledged": False, "suppressed": False}

TABLE: Final[dict[tuple[AlertState, AlertEvent], Step | Forbidden]] = {
    (PENDING, AlertEvent.FIRE): Step(FIRING),
    (PENDING, AlertEvent.CLEAR): Step(RESOLVED),
    (PENDING, AlertEvent.LAPSE): Step(EXPIRED),
    (PENDING, AlertEvent.ACKNOWLEDGE): _NOT_YET,
    (PENDING, AlertEvent.UNACKNOWLEDGE): _NOT_YET,
    (PENDING, AlertEvent.SUPPRESS): _NOT_YET,
    (PENDING, AlertEvent.UNSUPPRESS): _NOT_YET,
    (PENDING, AlertEvent.RESOLVE): Step(RESOLVED),
    (FIRING, AlertEvent.FIRE): Step(FIRING),
    (FIRING, AlertEvent.CLEAR): Step(RESOLVED, **_CLOSED),
    (FIRING, AlertEvent.LAPSE): Step(EXPIRED, **_CLOSED),
    (FIRING, AlertEvent.ACKNOWLEDGE): Step(FIRING, acknowledged=True),
    (FIRING, AlertEvent.UNACKNOWLEDGE): Step(FIRING, acknowledged=False),
    (FIRING, AlertEvent.SUPPRESS): Step(FIRING, suppressed=True),
    (FIRING, AlertEvent.UNSUPPRESS): Step(FIRING, suppressed=False),
    (FIRING, AlertEvent.RESOLVE): Step(RESOLVED, **_CLOSED),
    (RESOLVED, AlertEvent.FIRE): Step(FIRING),
    (RESOLVED, AlertEvent.CLEAR): Step(RESOLVED),
    (RESOLVED, AlertEvent.LAPSE): _OVER,
    (RESOLVED, AlertEvent.ACKNOWLEDGE): _OVER,
    (RESOLVED, AlertEvent.UNACKNOWLEDGE): _OVER,
    (RESOLVED, AlertEvent.SUPPRESS): _OVER,
    (RESOLVED, AlertEvent.UNSUPPRESS): _OVER,
    (RESOLVED, AlertEvent.RESOLVE): _OVER,
    (EXPIRED, AlertEvent.FIRE): Step(FIRING),
    (EXPIRED, AlertEvent.CLEAR): Step(RESOLVED),  # the news came late, and says how it ended
    (EXPIRED, AlertEvent.LAPSE): _OVER,
    (EXPIRED, AlertEvent.ACKNOWLEDGE): _OVER,
    (EXPIRED, AlertEvent.UNACKNOWLEDGE): _OVER,
    (EXPIRED, AlertEvent.SUPPRESS): _OVER,
    (EXPIRED, AlertEvent.UNSUPPRESS): _OVER,
    (EXPIRED, AlertEvent.RESOLVE): _OVER,
}


def step(state: AlertState, event: AlertEvent) -> Step:
    """What the event makes of an alert in this state. Raises ForbiddenStep."""
    cell = TABLE[state, event]
    if isinstance(cell, Forbidden):
        raise ForbiddenStep(f"{event} is not for an alert that is {state}: {cell.reason}")
    return cell
