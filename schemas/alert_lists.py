"""What lists of alerts can be filtered and sorted by, and their facets."""

from typing import Final, get_args

from pydantic import BaseModel

from schemas.alerts import Alert, AlertSeverity, AlertType
from schemas.filter_values import Kind
from schemas.filters import Field, Grammar

# As people see them: over firing, suppressed before acknowledged.
SHOWN_STATES: Final = (
    "pending",
    "firing",
    "acknowledged",
    "suppressed",
    "resolved",
    "expired",
)
OPEN_STATES: Final = SHOWN_STATES[:4]  # still going on

ALERT_LIST: Final = Grammar(
    fields={
        "state": Field(Kind.WORD, SHOWN_STATES),
        "severity": Field(Kind.WORD, tuple(map(str, reversed(AlertSeverity))), ordered=True),
        "source": Field(),
        "host": Field(),
        "service": Field(),
        "type": Field(Kind.WORD, get_args(AlertType)),
        "owner": Field(),
        "count": Field(Kind.NUMBER),
        "demo": Field(Kind.FLAG),
        "id": Field(),
    },
    sorts=("worst", "severity", "first_seen", "last_seen", "count", "title"),
    labels=True,
)

FACETS: Final = ("state", "severity", "source", "host", "service", "type", "owner")


class Facet(BaseModel):
    """One value and how many alerts have it."""

    value: str
    count: int


class AlertFacets(BaseModel):
    """Of each field the values there are, the most frequent first (severities: the worst first).

    A field's counts heed the filter but for its own condition, so that others can be chosen.
    `total` is how many alerts match the whole filter.
    """

    facets: dict[str, list[Facet]]
    total: int


class AlertRow(Alert):
    """An alert as lists show it: `shown` is its state as people see it."""

    shown: str


def as_row(alert: Alert) -> AlertRow:
    """The same alert."""
    return AlertRow.model_validate({**alert.model_dump(), "shown": alert.shown_state})
