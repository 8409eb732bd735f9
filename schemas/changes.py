"""What changed before an alert began, in the same place: where to look first."""

from pydantic import AwareDatetime, BaseModel

from schemas.alert_lists import AlertRow


class NewPattern(BaseModel):
    """A pattern that its source had never said before."""

    uid: str
    template: str
    sample: str
    source: str
    first_seen: AwareDatetime


class Rollout(BaseModel):
    """Lines that speak of a deployment, a release or a restart."""

    uid: str
    template: str
    sample: str
    source: str
    lines: int
    last_minute: AwareDatetime


class ChangedSeries(BaseModel):
    """A metric that became unusual, a rate of lines that changed, a source that fell silent."""

    signal_id: str
    kind: str
    scope: str
    host: str
    source: str
    metric: str
    pattern: str
    onset: AwareDatetime
    active: bool
    strength: str
    value: float | None
    unit: str
    reason: str


class Changes(BaseModel):
    """From `since` to `until`, which is when the alert began; each list the newest first.

    The same place is the alert's host, else its source, else everything; `place` says which.
    """

    since: AwareDatetime
    until: AwareDatetime
    place: str
    new_patterns: list[NewPattern]
    rollouts: list[Rollout]
    series: list[ChangedSeries]
    alerts: list[AlertRow]
