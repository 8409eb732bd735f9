"""Every topic, declared once: the agents, the topic creator, the chart and the README read this."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

Cleanup = Literal["delete", "compact", "compact,delete"]


@dataclass(frozen=True)
class Topic:
    """`partitions` None means the setting TOPIC_PARTITIONS; `share` is its part of the disk budget.

    `max_record_mib` leaves room beyond it for headers. `arrival` topics carry the broker's time of
    append, which the agents take as "now".
    """

    name: str
    key: str
    record: str
    cleanup: Cleanup
    writers: str
    readers: str
    partitions: int | None = 1
    retention: timedelta | None = None
    share: float = 0.0
    arrival: bool = False
    segment_mib: int = 8
    max_record_mib: int = 4
    compact_after: timedelta | None = None  # until then every version of a key stays to be read


def changelog(app: str, table: str, partitions: int | None) -> Topic:
    """Where the checkpointed state of a stage lives, under the name that Faust gives it.

    Compact only: a shard that is deleted by age would come back as one that never was.
    """
    return Topic(
        name=f"foreshock-{app}-{table}-changelog",
        key="shard",
        record=f"checkpointed state of {app}",
        cleanup="compact",
        writers=app,
        readers=f"{app}, when it starts",
        partitions=partitions,
        max_record_mib=1,
    )


LOGS_RAW: Final = Topic(
    name="logs.raw",
    key="source",
    record="LogBatch; also one JSON object, a JSON array, NDJSON or plain text",
    cleanup="delete",
    writers="edges, producers",
    readers="ingest, the API (lines)",
    partitions=None,
    retention=timedelta(hours=24),
    share=0.73,
    arrival=True,
    segment_mib=32,
)
LOG_ENTRIES: Final = Topic(
    name="log.entries",
    key="source",
    record="list of Entry: what became of one record of logs.raw",
    cleanup="delete",
    writers="ingest",
    readers="metrics, persist",
    partitions=None,
    retention=timedelta(hours=24),
    share=0.15,
    segment_mib=32,
    max_record_mib=16,  # what a hostile record of 4 MiB can unfold to, with room
)
PATTERNS: Final = Topic(
    name="patterns",
    key="pattern uid",
    record="Pattern, PatternAlias",
    cleanup="compact",
    writers="ingest",
    readers="every ingest worker (broadcast), the Redis mirror, api",
)
METRICS_RAW: Final = Topic(
    name="metrics.raw",
    key="host, else source",
    record="MetricBatch; also one JSON object, a JSON array or NDJSON",
    cleanup="delete",
    writers="edges, producers",
    readers="metrics, persist",
    partitions=None,
    retention=timedelta(hours=24),
    share=0.05,
    arrival=True,
)
SIGNALS: Final = Topic(
    name="signals",
    key="scope",
    record="Signal: anomaly, new pattern, rate change, silence of a source; a clock's minute",
    cleanup="delete",
    writers="metrics",
    readers="persist, respond",
    retention=timedelta(days=7),
    share=0.01,
    arrival=True,
)
ALERTS: Final = Topic(
    name="alerts",
    key="fingerprint",
    record="Alert: every change of its state",
    cleanup="compact,delete",
    writers="respond",
    readers="persist, the Redis mirror, api",
    retention=timedelta(days=90),
    share=0.01,
    compact_after=timedelta(hours=24),
)
COMMANDS: Final = Topic(
    name="commands",
    key="target id",
    record="Command: a decision of somebody",
    cleanup="delete",
    writers="api",
    readers="persist, respond",
    retention=timedelta(days=90),
    arrival=True,
)
RESULTS: Final = Topic(
    name="results",
    key="command id",
    record="CommandResult: what became of a command, target by target",
    cleanup="delete",
    writers="respond",
    readers="api, persist",
    retention=timedelta(hours=24),
)
GAUGES_STATE: Final = changelog("metrics", "gauges", partitions=None)
RATES_STATE: Final = changelog("metrics", "rates", partitions=None)
RESPOND_STATE: Final = changelog("respond", "correlation", partitions=1)
DLQ: Final = Topic(
    name="dlq",
    key="original topic",
    record="the original bytes; headers say where, why and how often",
    cleanup="delete",
    writers="ingest, persist, respond, api, edges",
    readers="foreshock dlq, api",
    retention=timedelta(days=14),
    share=0.05,
    max_record_mib=5,  # the largest input record and what is said about it
)
# What was compressed may have come as less than it is: of it a dead letter holds no more than this.
LETTER_BYTES: Final = (DLQ.max_record_mib - 1) * 1024 * 1024

TOPICS: Final = (
    LOGS_RAW,
    METRICS_RAW,
    LOG_ENTRIES,
    PATTERNS,
    SIGNALS,
    ALERTS,
    COMMANDS,
    RESULTS,
    GAUGES_STATE,
    RATES_STATE,
    RESPOND_STATE,
    DLQ,
)
