"""Signals for tests, their times in minutes after noon; and the stage without its edge."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from agents.correlation.correlate import correlate, pass_time
from agents.correlation.state import Group, decode, encode, group_of
from schemas.alerts import Alert
from schemas.signals import Signal

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def signal(
    onset: float = 0.0,
    *,
    scope: str = "metric:web-1/cpu_usage",
    kind: str = "anomaly",
    version: int = 1,
    active: bool = True,
    seen: float | None = None,
    host: str = "web-1",
    **more: Any,
) -> Signal:
    """A warning anomaly unless it is said otherwise; its id follows from scope and onset."""
    values: dict[str, Any] = {
        "id": f"{kind}/{scope}/{onset}",
        "version": version,
        "kind": kind,
        "scope": scope,
        "active": active,
        "onset": at(onset),
        "at": at(onset if seen is None else seen),
        "strength": "warning",
        "score": 5.0,
        "reason": f"tier 1: {scope} is unusual",
        "host": host,
        "metric": scope.rpartition("/")[2] if kind == "anomaly" else "",
    }
    return Signal.model_validate(values | more)


class Stage:
    """Groups as the stage keeps them: encoded between any two signals."""

    def __init__(self) -> None:
        self.states: dict[str, bytes] = {}
        self.published: list[Alert] = []

    def take(self, one: Signal, arrival: datetime) -> list[Alert]:
        """What one signal publishes."""
        name = group_of(one)
        group = decode(self.states.get(name))
        alerts = correlate(group, one, arrival)
        self.states[name] = encode(group)
        self.published += alerts
        return alerts

    def pass_time(self, name: str, clock: datetime) -> None:
        """What somebody else's signal does to a group."""
        group = decode(self.states.get(name))
        self.published += pass_time(group, clock)
        self.states[name] = encode(group)

    def take_all(self, signals: Iterable[Signal], start: float = 0.0) -> "Stage":
        """One after the other, arriving a second apart."""
        for number, one in enumerate(signals):
            self.take(one, at(start) + timedelta(seconds=number))
        return self

    def newest(self) -> dict[str, Alert]:
        """The last version of each alert, by id."""
        return {alert.id: alert for alert in self.published}

    def keep(self, name: str, group: Group) -> None:
        """Somebody else has changed the group."""
        self.states[name] = encode(group)

    def group(self, name: str = "host:web-1") -> Group:
        """The state of a group as it is kept."""
        return decode(self.states.get(name))
