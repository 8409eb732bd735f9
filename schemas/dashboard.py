"""What the dashboard shows, in one answer: what is bad now, what is new, what comes in."""

from datetime import UTC, datetime
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from schemas.alerts import AlertSeverity
from schemas.severities import Severity

BUCKETS: Final = 120  # at most, of the charts
SPARKS: Final = 30  # at most, of the small trends
NEWEST: Final = 8
TOP: Final = 8
# From here on a line is an error.
ERRORS_FROM: Final = Severity.ERROR


class FiringCount(BaseModel):
    """Alerts of one severity: those that nobody has taken care of yet, and those somebody has."""

    severity: AlertSeverity
    firing: int
    acknowledged: int


class Firing(BaseModel):
    """Every severity, the worst first. `total` is without acknowledged ones, and both are without
    suppressed ones. `trend` counts alerts that began, by equal parts of the window.
    """

    total: int
    by_severity: list[FiringCount]
    trend: list[int]


class NewPattern(BaseModel):
    """A pattern that no line had before the window. `severity` is a word of log levels."""

    uid: str
    template: str
    first_seen: AwareDatetime
    severity: str
    sources: list[str]


class NewPatterns(BaseModel):
    """How many there are, the newest of them, and when they came, by equal parts of the window."""

    count: int
    items: list[NewPattern]
    trend: list[int]


class SilentHost(BaseModel):
    """A host of which nothing comes any more."""

    host: str
    last_seen: AwareDatetime | None


class SilentSource(BaseModel):
    """A source that spoke regularly and does not, as its detector says, within a day."""

    source: str
    since: AwareDatetime


class Silent(BaseModel):
    """How many there are, and of each the latest to fall silent."""

    host_count: int
    hosts: list[SilentHost]
    source_count: int
    sources: list[SilentSource]


class Ingest(BaseModel):
    """What arrived in the last minute and is stored, a second; `lines_trend` are lines a minute by
    their own time, of the last 30 full minutes, the oldest first.
    """

    lines_per_second: float
    points_per_second: float
    lines_trend: list[int]


class Lag(BaseModel):
    """How old the oldest record is that is not stored, in seconds, 0 where there is none; and
    where it lies: topic and partition, "" where there is none.
    """

    seconds: float
    where: str


class Volume(BaseModel):
    """By steps of `step` seconds that begin at `starts`: alerts that began, by severity, and lines
    from error on, by their level. Every list is as long as `starts`.
    """

    step: int
    starts: list[AwareDatetime]
    alerts: dict[AlertSeverity, list[int]]
    errors: dict[str, list[int]]


class TopAlert(BaseModel):
    """A firing alert; `state` is firing or acknowledged."""

    id: str
    title: str
    severity: AlertSeverity
    state: str
    host: str
    source: str
    owner: str
    count: int
    first_seen: AwareDatetime
    last_seen: AwareDatetime
    demo: bool


class Dashboard(BaseModel):
    """A part that could not be had in time is None, and `unavailable` says why, by its name."""

    model_config = ConfigDict(
        populate_by_name=True,
        json_schema_extra={
            "examples": [
                {
                    "from": "2026-03-01T00:00:00Z",
                    "to": "2026-03-01T12:00:00Z",
                    "at": "2026-03-01T12:00:00Z",
                    "firing": {
                        "total": 1,
                        "by_severity": [{"severity": "high", "firing": 1, "acknowledged": 0}],
                        "trend": [0, 0, 1],
                    },
                    "patterns": {
                        "count": 1,
                        "items": [
                            {
                                "uid": "3f9a1c0d5e7b8a26",
                                "template": "connection to <*> refused",
                                "first_seen": "2026-03-01T11:58:00Z",
                                "severity": "error",
                                "sources": ["shop"],
                            }
                        ],
                        "trend": [0, 0, 1],
                    },
                    "silent": {
                        "host_count": 1,
                        "hosts": [{"host": "db-2", "last_seen": "2026-03-01T11:30:00Z"}],
                        "source_count": 0,
                        "sources": [],
                    },
                    "ingest": {
                        "lines_per_second": 812.5,
                        "points_per_second": 166.7,
                        "lines_trend": [48000, 48750],
                    },
                    "lag": {"seconds": 0.4, "where": "logs.raw-3"},
                    "volume": {
                        "step": 21600,
                        "starts": ["2026-03-01T00:00:00Z", "2026-03-01T06:00:00Z"],
                        "alerts": {"high": [0, 1]},
                        "errors": {"error": [12, 480]},
                    },
                    "top_alerts": [
                        {
                            "id": "1d2c3b4a59687f0e",
                            "title": "cpu_usage is unusual on web-1",
                            "severity": "high",
                            "state": "firing",
                            "host": "web-1",
                            "source": "foreshock",
                            "owner": "",
                            "count": 2,
                            "first_seen": "2026-03-01T11:58:00Z",
                            "last_seen": "2026-03-01T12:00:00Z",
                            "demo": False,
                        }
                    ],
                    "unavailable": {},
                }
            ]
        },
    )

    since: AwareDatetime = Field(alias="from")
    until: AwareDatetime = Field(alias="to")
    at: AwareDatetime
    firing: Firing | None
    patterns: NewPatterns | None
    silent: Silent | None
    ingest: Ingest | None
    lag: Lag | None
    volume: Volume | None
    top_alerts: list[TopAlert] | None
    unavailable: dict[str, str]


def moment(unix_ms: int) -> datetime:
    """In UTC."""
    return datetime.fromtimestamp(unix_ms / 1000, UTC)
