"""Hosts: how each does, when it was last heard of, and what it measures."""

from datetime import timedelta
from typing import Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, JsonValue

from schemas.alerts import AlertSeverity
from schemas.filter_values import Kind
from schemas.filters import Field, Grammar

HostState = Literal["alerting", "silent", "ok"]

# No metric and no log line for so long, although some came before: silent.
SILENT_AFTER: Final = timedelta(minutes=15)
# A key metric counts as current for so long after the host's newest point.
CURRENT_FOR: Final = timedelta(minutes=15)

_STATES: Final = ("ok", "silent", "alerting")
_SEVERITIES: Final = tuple(severity.value for severity in reversed(AlertSeverity))

GRAMMAR: Final = Grammar(
    fields={
        "host": Field(),
        "state": Field(Kind.WORD, _STATES),
        "severity": Field(Kind.WORD, _SEVERITIES, ordered=True),
        "source": Field(),
        "service": Field(),
        "firing": Field(Kind.NUMBER),
        "metrics": Field(Kind.NUMBER),
        "last_seen": Field(Kind.TIME),
        "cpu_usage": Field(Kind.NUMBER),
        "memory_used_percent": Field(Kind.NUMBER),
        "disk_used_percent": Field(Kind.NUMBER),
        "silent": Field(Kind.FLAG),
        "demo": Field(Kind.FLAG),
    },
    sorts=(
        "state",
        "host",
        "firing",
        "metrics",
        "last_seen",
        "cpu_usage",
        "memory_used_percent",
        "disk_used_percent",
    ),
    window=False,
)
METRICS_GRAMMAR: Final = Grammar(fields={"metric": Field()}, sorts=("metric",), window=False)

_HOST: Final[dict[str, JsonValue]] = {
    "host": "web-1",
    "state": "alerting",
    "severity": "high",
    "firing": 1,
    "silent": False,
    "last_seen": "2026-03-01T12:00:00Z",
    "sources": ["telegraf", "web-1"],
    "services": ["nginx"],
    "metrics": 12,
    "cpu_usage": 97.0,
    "memory_used_percent": 61.2,
    "disk_used_percent": 83.0,
    "live": True,
    "demo": False,
}


class HostView(BaseModel):
    """One host. `state` is alerting while an alert about it fires, with the worst `severity`.

    It is `silent` when neither a metric nor a log line came for 15 minutes although some had come
    live; one that is known from imported files alone (`live` false) never is. `last_seen` is when
    something of it last came, to ten seconds; of imported lines, to the hour they tell of; None for
    hosts that only alerts name. The three key metrics are in percent: the CPU, memory, and the
    fullest disk, None where they are not measured. `demo`: made-up sources alone tell of it.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_HOST]})

    host: str
    state: HostState
    severity: AlertSeverity | None
    firing: int
    silent: bool
    last_seen: AwareDatetime | None
    sources: list[str]
    services: list[str]
    metrics: int
    cpu_usage: float | None
    memory_used_percent: float | None
    disk_used_percent: float | None
    live: bool
    demo: bool


class HostAlert(BaseModel):
    """An open alert about a host."""

    id: str
    title: str
    severity: AlertSeverity
    state: str
    first_seen: AwareDatetime
    last_seen: AwareDatetime


class HostSource(BaseModel):
    """Who tells of a host: lines of a service, or metric points."""

    source: str
    kind: Literal["lines", "points"]
    service: str
    last_seen: AwareDatetime


class HostDetail(HostView):
    """One host with its open alerts, the worst first and at most 20, and who tells of it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                _HOST
                | {
                    "anomalies_24h": 3,
                    "alerts": [
                        {
                            "id": "1d2c3b4a59687f0e",
                            "title": "cpu_usage is unusual on web-1",
                            "severity": "high",
                            "state": "firing",
                            "first_seen": "2026-03-01T11:58:00Z",
                            "last_seen": "2026-03-01T12:00:00Z",
                        }
                    ],
                    "told_by": [
                        {
                            "source": "telegraf",
                            "kind": "points",
                            "service": "",
                            "last_seen": "2026-03-01T12:00:00Z",
                        }
                    ],
                }
            ]
        }
    )

    anomalies_24h: int
    alerts: list[HostAlert]
    told_by: list[HostSource]


class HostMetric(BaseModel):
    """One metric of a host: its newest value, and how often it was strange in 24 hours.

    `rate` is the metric to chart instead of a total since some start, whose anomalies are counted;
    None for what is no total.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "metric": "cpu_usage",
                    "unit": "percent",
                    "last": 97.0,
                    "last_at": "2026-03-01T12:00:00Z",
                    "anomalies_24h": 1,
                    "rate": None,
                }
            ]
        }
    )

    metric: str
    unit: str
    last: float
    last_at: AwareDatetime
    anomalies_24h: int
    rate: str | None
