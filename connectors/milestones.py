"""When a demonstration reached what it is for: the stack up, a pattern, the fault's alert. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.live import Picture
from schemas.alerts import Alert, AlertState


@dataclass
class Milestones:
    """Times are seconds of a monotonic clock; `began` is when the command was given.

    `onset` says when the injected fault began, None while there is none; it is asked each time.
    """

    began: float
    onset: Callable[[], datetime | None]
    ready: float | None = None
    first_pattern: float | None = None
    first_alert: float | None = None
    paged: bool = False  # whether anything was ever so bad as to wake somebody, demo data or not

    def note(self, picture: Picture, now: float) -> bool:
        """Look at the picture; True when there is nothing more to wait for."""
        if picture.running_since is not None and self.ready is None:
            self.ready = picture.running_since
        if picture.patterns and self.first_pattern is None:
            self.first_pattern = now
        self.paged = self.paged or any(map(is_page, picture.alerts))
        if self.first_alert is None and self.found(picture.alerts):
            self.first_alert = now
        return self.first_pattern is not None and self.first_alert is not None

    def found(self, alerts: Sequence[Alert]) -> bool:
        """Whether one of the alerts is that of the injected fault."""
        paging = [alert for alert in alerts if alert.demo and is_page(alert)]
        onset = self.onset() if paging else None
        return onset is not None and any(alert.last_seen >= onset for alert in paging)

    def as_json(self, picture: Picture) -> dict[str, Any]:
        """For scripts; None for what was not reached. Alerts are all that there are, of demo data.

        `stack_s` counts from the command, the others from the stack being up.
        """
        return {
            "stack_s": _between(self.began, self.ready),
            "first_pattern_s": _between(self.ready, self.first_pattern),
            "first_alert_s": _between(self.ready, self.first_alert),
            "patterns": len(picture.patterns),
            "lines": picture.lines,
            "alerts": picture.numbers.demo,
        }


def is_page(alert: Alert) -> bool:
    """Whether an alert would wake somebody now."""
    return alert.severity.pages and alert.state is AlertState.FIRING


def _between(start: float | None, end: float | None) -> float | None:
    return None if start is None or end is None else round(end - start, 1)
