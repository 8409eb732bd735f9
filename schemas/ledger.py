"""The ledger: for every source accepted = parsed + deduplicated + dead-lettered + in flight."""

from pydantic import BaseModel

UNATTRIBUTED = "unattributed"  # unread records whose writer did not say source and lines


class SourceLine(BaseModel):
    """One source's books, in lines; under `unattributed` in records.

    `guessed_times`: the year, the date or the zone was inferred; `unbelieved_times`: the time was
    out of range, and the line counts at its arrival.
    """

    source: str
    accepted: int = 0
    parsed: int = 0
    deduplicated: int = 0
    dead_lettered: int = 0
    in_flight: int = 0
    guessed_times: int = 0
    unbelieved_times: int = 0


class MetricLine(BaseModel):
    """One source's books, in metric points; under `unattributed` in records.

    `stored` gave a series a new time; `deduplicated` met another point at its series and time, or
    came in a record that was counted before.
    """

    source: str
    accepted: int = 0
    stored: int = 0
    deduplicated: int = 0
    dead_lettered: int = 0
    in_flight: int = 0


class StageLine(BaseModel):
    """One input partition: what the log holds, and through which offset it is in Postgres."""

    topic: str
    partition: int
    epoch: int
    log_start: int
    log_end: int
    applied: int
    records_in_flight: int = 0


class Fault(BaseModel):
    """One reason why the books do not balance: `kind` is a stable word, `detail` names the row."""

    kind: str
    detail: str
    source: str | None = None


class AlertBooks(BaseModel):
    """The books of published versions of alerts: `published` is the sum of the others.

    `deduplicated` ones came a second time, or are of alerts that were removed.
    """

    published: int = 0
    stored: int = 0
    deduplicated: int = 0
    dead_lettered: int = 0
    in_flight: int = 0


class Ledger(BaseModel):
    """`balanced` speaks of what was applied; what is in flight does not unbalance the books."""

    balanced: bool
    sources: list[SourceLine]
    stages: list[StageLine]
    faults: list[Fault]
    metrics: list[MetricLine] = []
    alerts: AlertBooks = AlertBooks()

    @property
    def in_flight(self) -> int:
        """Records that are in the log and not in Postgres."""
        return sum(stage.records_in_flight for stage in self.stages) + self.alerts.in_flight
