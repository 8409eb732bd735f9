"""Alerts as tests of what shows them need them."""

from datetime import UTC, datetime
from typing import Any

from schemas.alerts import Alert, AlertSeverity, AlertState

WHEN = datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)


def alert(number: int = 1, **changes: Any) -> Alert:
    """A firing one that pages, about host `db-1`, but for the changes."""
    usual: dict[str, Any] = {
        "id": f"alert-{number}",
        "fingerprint": f"fingerprint-{number}",
        "version": 1,
        "type": "anomaly",
        "title": f"alert {number}",
        "state": AlertState.FIRING,
        "severity": AlertSeverity.HIGH,
        "source": "foreshock",
        "labels": {"host": "db-1"},
        "count": 1,
        "first_seen": WHEN,
        "last_seen": WHEN,
    }
    return Alert(**(usual | changes))
