"""Draws up the ledger from both ends: what the log holds and what Postgres has stored."""

import asyncio
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from connectors import alert_books
from connectors.kafka import topic_name
from connectors.stores import postgres
from connectors.stores.epochs import Epoch, LogEnd, loss
from connectors.stores.ledger import Books, books, newest_epochs
from connectors.topic_log import Logs, OwnLogs, TopicLog
from schemas import headers
from schemas.batches import Chain
from schemas.ledger import UNATTRIBUTED, Fault, Ledger, MetricLine, SourceLine, StageLine
from schemas.logs import LOG_BATCH
from schemas.metrics import METRIC_BATCH
from schemas.settings import Settings
from schemas.topics import LOGS_RAW, METRICS_RAW, Topic


class Kind(NamedTuple):
    """What the records of a raw topic hold, and which headers of our edges say how much."""

    topic: Topic
    schema: str
    counted: str


LINES: Final = Kind(LOGS_RAW, LOG_BATCH.decode(), headers.LINES)
POINTS: Final = Kind(METRICS_RAW, METRIC_BATCH.decode(), headers.POINTS)


async def draw_up(
    settings: Settings,
    source: str | None = None,
    logs: Logs | None = None,
    stored: Books | None = None,
) -> Ledger:
    """The ledger of now, of all sources or of one. Raises Unavailable.

    The unread tails of the logs are read for their headers, so that it is exact per record.
    `logs` are those of a process that has clients open; `stored` is what Postgres has, for whoever
    has just asked.
    """
    logs = logs or OwnLogs(settings)
    cluster = await logs.cluster_id()
    found = stored
    if found is None:
        found = await asyncio.to_thread(_stored, settings)
    faults = list(found.faults)
    stages: list[StageLine] = []
    for kind in (LINES, POINTS):
        async with logs.open(topic_name(settings, kind.topic)) as log:
            waiting = await _stages(log, kind, cluster, found, stages, faults)
        _add_in_flight(found, kind, waiting)
    alerts, wrong = await alert_books.draw_up(settings, logs)
    ledger = _ledger(found, stages, [*faults, *wrong], source)
    return ledger.model_copy(update={"alerts": alerts})


async def unread(settings: Settings, logs: Logs) -> int:
    """About how many records wait to be read, from the ends of the logs alone. Raises Unavailable.

    It costs next to nothing, and says nothing of whose they are.
    """
    epochs = await asyncio.to_thread(_epochs, settings)
    found = 0
    for kind in (LINES, POINTS):
        async with logs.open(topic_name(settings, kind.topic)) as log:
            for partition, (start, end) in (await log.bounds()).items():
                epoch = epochs.get((log.topic, partition))
                applied = epoch.applied if epoch and epoch.applied is not None else -1
                found += max(end - max(applied + 1, start), 0)
    return found


def _epochs(settings: Settings) -> dict[tuple[str, int], Epoch]:
    with postgres.connect(settings) as connection:
        return newest_epochs(connection)


def _stored(settings: Settings) -> Books:
    with postgres.connect(settings) as connection:
        return books(connection)


async def _stages(
    log: TopicLog,
    kind: Kind,
    cluster: str,
    found: Books,
    stages: list[StageLine],
    faults: list[Fault],
) -> dict[str, int]:
    """Adds the stages of one topic and their faults; returns what is in flight by source."""
    waiting: dict[str, int] = {}
    for partition, (start, end) in sorted((await log.bounds()).items()):
        epoch = found.epochs.get((log.topic, partition)) or Epoch(1, 0, cluster, None, None)
        arrival = await _arrival(log, partition, epoch)
        stage, fault = stage_of(log.topic, partition, epoch, LogEnd(cluster, start, end, arrival))
        stored = found.beyond.get(Chain(log.topic, partition, epoch.epoch), [])
        unread = await _unread(log, kind, partition, stage.applied + 1, end, stored)
        stage.records_in_flight = sum(records for records, _ in unread.values())
        for name, (_, count) in unread.items():
            waiting[name] = waiting.get(name, 0) + count
        stages.append(stage)
        faults += [fault] if fault else []
    return waiting


def stage_of(
    topic: str, partition: int, epoch: Epoch, log: LogEnd
) -> tuple[StageLine, Fault | None]:
    """Where a partition stands, and what is wrong between log and frontier. Pure."""
    applied = max(epoch.applied if epoch.applied is not None else -1, epoch.start - 1)
    if epoch.applied is None:
        applied = max(applied, log.start - 1)
    where = f"{topic}-{partition} epoch {epoch.epoch}"
    fault = None
    if reason := loss(epoch, log):
        fault = Fault(kind="lost", detail=f"{where}: {reason}")
        applied = log.start - 1
    elif log.start > applied + 1:
        fault = Fault(
            kind="expired", detail=f"{where}: offsets {applied + 1} to {log.start - 1} are gone"
        )
        applied = log.start - 1
    stage = StageLine(
        topic=topic,
        partition=partition,
        epoch=epoch.epoch,
        log_start=log.start,
        log_end=log.end,
        applied=applied,
    )
    return stage, fault


async def _arrival(log: TopicLog, partition: int, epoch: Epoch) -> int | None:
    if epoch.applied is None:
        return None
    record = await log.one(partition, epoch.applied)
    return record.timestamp if record else None


async def _unread(
    log: TopicLog,
    kind: Kind,
    partition: int,
    start: int,
    end: int,
    stored: Sequence[tuple[int, int]],
) -> dict[str, tuple[int, int]]:
    """(records, lines or points) by source, from the headers of the unread tail.

    `stored` are rows in it, as (prev_offset, offset), ascending: they stand behind a hole, and
    what is in them is counted with the rows.
    """
    found: dict[str, tuple[int, int]] = {}
    ends = [offset for _, offset in stored]
    async for record in log.read(partition, start, end):
        row = bisect_left(ends, record.offset)
        if row < len(stored) and stored[row][0] < record.offset:
            continue
        ours = headers.text(record.headers, headers.SCHEMA) == kind.schema
        source = headers.text(record.headers, headers.SOURCE) if ours else None
        said = headers.number(record.headers, kind.counted)
        name, count = (source, said) if source and said is not None else (UNATTRIBUTED, 1)
        records, sum_ = found.get(name, (0, 0))
        found[name] = (records + 1, sum_ + count)
    return found


def _add_in_flight(found: Books, kind: Kind, waiting: Mapping[str, int]) -> None:
    for name, count in waiting.items():
        line: SourceLine | MetricLine
        if kind is LINES:
            line = found.sources.setdefault(name, SourceLine(source=name))
        else:
            line = found.metrics.setdefault(name, MetricLine(source=name))
        line.in_flight += count
        line.accepted += count


def _ledger(
    found: Books, stages: list[StageLine], faults: list[Fault], source: str | None
) -> Ledger:
    lines = [line for _, line in sorted(found.sources.items()) if source in (None, line.source)]
    metrics = [line for _, line in sorted(found.metrics.items()) if source in (None, line.source)]
    if source is not None:
        faults = [fault for fault in faults if fault.source in (None, source)]
    return Ledger(balanced=not faults, sources=lines, stages=stages, faults=faults, metrics=metrics)
