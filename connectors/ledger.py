"""Draws up the ledger from both ends: what the log holds and what Postgres has stored."""

from collections.abc import Mapping

from connectors import alert_books
from connectors.kafka import topic_name
from connectors.stores import postgres
from connectors.stores.epochs import Epoch, LogEnd, loss
from connectors.stores.ledger import Books, books
from connectors.topic_log import TopicLog, cluster_id, open_log
from schemas import headers
from schemas.ledger import UNATTRIBUTED, Fault, Ledger, SourceLine, StageLine
from schemas.logs import LOG_BATCH
from schemas.settings import Settings
from schemas.topics import LOGS_RAW


async def draw_up(settings: Settings, source: str | None = None) -> Ledger:
    """The ledger of now, of all sources or of one. Raises Unavailable.

    The unread tail of the log is read for its headers, so that it is exact per record.
    """
    topic = topic_name(settings, LOGS_RAW)
    cluster = await cluster_id(settings)
    with postgres.connect(settings) as connection:
        found = books(connection)
    async with open_log(settings, topic) as log:
        stages, faults = [], list(found.faults)
        for partition, (start, end) in sorted((await log.bounds()).items()):
            epoch = found.epochs.get((topic, partition)) or Epoch(1, 0, cluster, None, None)
            arrival = await _arrival(log, partition, epoch)
            log_end = LogEnd(cluster, start, end, arrival)
            stage, fault = stage_of(topic, partition, epoch, log_end)
            in_flight = await _unread(log, partition, stage.applied + 1, end)
            stage.records_in_flight = sum(records for records, _ in in_flight.values())
            _add_in_flight(found.sources, in_flight)
            stages.append(stage)
            faults += [fault] if fault else []
    alerts, wrong = await alert_books.draw_up(settings)
    ledger = _ledger(found, stages, [*faults, *wrong], source)
    return ledger.model_copy(update={"alerts": alerts})


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
    log: TopicLog, partition: int, start: int, end: int
) -> dict[str, tuple[int, int]]:
    """(records, lines) by source, from the headers of the unread tail."""
    found: dict[str, tuple[int, int]] = {}
    async for record in log.read(partition, start, end):
        ours = headers.text(record.headers, headers.SCHEMA) == LOG_BATCH.decode()
        source = headers.text(record.headers, headers.SOURCE) if ours else None
        lines = headers.number(record.headers, headers.LINES)
        name, count = (source, lines) if source and lines is not None else (UNATTRIBUTED, 1)
        records, sum_ = found.get(name, (0, 0))
        found[name] = (records + 1, sum_ + count)
    return found


def _add_in_flight(
    sources: dict[str, SourceLine], in_flight: Mapping[str, tuple[int, int]]
) -> None:
    for name, (_, lines) in in_flight.items():
        line = sources.setdefault(name, SourceLine(source=name))
        line.in_flight += lines
        line.accepted += lines


def _ledger(
    found: Books, stages: list[StageLine], faults: list[Fault], source: str | None
) -> Ledger:
    lines = [line for _, line in sorted(found.sources.items())]
    if source is not None:
        lines = [line for line in lines if line.source == source]
        faults = [fault for fault in faults if fault.source in (None, source)]
    return Ledger(balanced=not faults, sources=lines, stages=stages, faults=faults)
