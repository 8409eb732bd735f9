"""Alerts: the one vocabulary, and the record that is published on the topic `alerts`.

Foreign and anomaly words become ours in `schemas.alert_words`; which event leads from which state
to which is the table of `schemas.alert_states`.
"""

from enum import StrEnum
from typing import Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from schemas.signals import Baseline


class AlertSeverity(StrEnum):
    """The worst first, so that the order of definition is the order of lists."""

    CRITICAL = "critical"
    HIGH = "high"
    WARNING = "warning"
    INFO = "info"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 is the worst."""
        return _RANKS[self]

    @property
    def pages(self) -> bool:
        """Whether somebody is woken: critical and high."""
        return self.rank <= _RANKS[AlertSeverity.HIGH]


_RANKS: Final = {severity: rank for rank, severity in enumerate(AlertSeverity)}


class AlertState(StrEnum):
    """Where an alert is in its life."""

    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"
    EXPIRED = "expired"

    @property
    def is_open(self) -> bool:
        """Whether it is still a matter of now."""
        return self in (AlertState.PENDING, AlertState.FIRING)


class IncidentState(StrEnum):
    """Where an incident is in its life; several alerts make one."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    MITIGATED = "mitigated"
    RESOLVED = "resolved"
    CLOSED = "closed"


AlertType = Literal["anomaly", "prediction", "pattern", "external", "manual"]
ChangeKind = Literal[
    "signal", "expire", "create", "acknowledge", "unacknowledge", "resolve", "assign", "comment"
]


class AlertChange(BaseModel):
    """What made a version of an alert: a signal, the passing of time, or somebody (`by`).

    `text` is the signal's reason, or what was said; of `assign` the version names the owner.
    `command` is the id of the command that decided it.
    """

    model_config = ConfigDict(frozen=True)

    kind: ChangeKind
    at: AwareDatetime
    by: str = ""
    by_id: str = ""
    text: str = ""
    command: str = ""


class AnomalyData(BaseModel):
    """What was measured when the strongest sign was last seen, in the metric's own unit."""

    model_config = ConfigDict(frozen=True)

    metric: str
    score: float
    value: float | None = None
    unit: str = ""
    baseline: Baseline | None = None


class PredictionData(BaseModel):
    """What is expected of a metric at a time, with the band that holds it in 80 % of cases."""

    model_config = ConfigDict(frozen=True)

    metric: str
    at: AwareDatetime
    value: float
    low: float
    high: float
    unit: str = ""


class Alert(BaseModel):
    """One version of one alert; values are absolute, and of two the higher version holds.

    Key of the record: `fingerprint`, which says what the alert is about and knows no time. `id`
    adds when it began, so that the same trouble next week is another alert; both are the same
    after a replay. `source` is who raised it; whose data it is about stands in `labels`. `count` is
    how many signals it stands for, `source_severity` the word of the origin. Times are those of
    the data; `acknowledged` and `suppressed` are flags over firing. `change` says what made this
    version, so that all versions together are the alert's timeline.
    """

    model_config = ConfigDict(frozen=True)

    v: Literal[1] = 1
    id: str
    fingerprint: str
    version: int
    type: AlertType
    title: str
    description: str = ""
    state: AlertState
    acknowledged: bool = False
    suppressed: bool = False
    severity: AlertSeverity
    source_severity: str = ""
    source: str
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    links: dict[str, str] = {}
    count: int
    first_seen: AwareDatetime
    last_seen: AwareDatetime
    resolved_at: AwareDatetime | None = None
    owner: str = ""
    incident_id: str = ""
    anomaly_data: AnomalyData | None = None
    prediction_data: PredictionData | None = None
    demo: bool = False
    change: AlertChange | None = None

    @property
    def shown_state(self) -> str:
        """The state as people see it: over firing, suppressed before acknowledged."""
        if self.state is AlertState.FIRING and self.suppressed:
            return "suppressed"
        if self.state is AlertState.FIRING and self.acknowledged:
            return "acknowledged"
        return self.state.value
