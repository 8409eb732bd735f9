"""Reads patterns and ledger over a connection that stays open, as cheaply as watching asks for."""

from collections.abc import Sequence
from typing import Any, Final

import psycopg

from connectors.kafka import topic_name
from connectors.ledger import draw_up, stage_of
from connectors.patterns import PatternView, join
from connectors.stores import patterns as store
from connectors.stores.alerts import Numbers, listed, numbers
from connectors.stores.epochs import Epoch, LogEnd
from connectors.stores.ledger import books
from connectors.stores.patterns import Counted
from connectors.topic_log import TopicLog
from schemas.alerts import Alert
from schemas.ledger import UNATTRIBUTED, Ledger, SourceLine
from schemas.settings import Settings
from schemas.topics import LOGS_RAW

Connection = psycopg.Connection[tuple[Any, ...]]

_ALERTS: Final = 100  # more than anybody looks at
_FEW_RECORDS: Final = 1_000  # unread ones that may be read each time, for their lines


def patterns(connection: Connection) -> tuple[list[PatternView], list[Counted]]:
    """All patterns without their services, and the uids they are made of."""
    counted = store.counted(connection, None)
    views = join(counted, store.aliases(connection), (), store.templates(connection))
    return views, counted


def alerts(connection: Connection) -> tuple[list[Alert], Numbers]:
    """Open alerts, the worst first, then those that are over; and how many there are in all."""
    return listed(connection, closed=True, limit=_ALERTS), numbers(connection)


async def ledger(settings: Settings, connection: Connection, logs: Sequence[TopicLog]) -> Ledger:
    """The ledger of now; `logs` are those of the raw topics. Raises Unavailable.

    While much is unread its values are not read: the records in flight are exact, but those of
    lines stand under `unattributed` until they are few.
    """
    found = books(connection)
    stages, faults = [], list(found.faults)
    for log in logs:
        for partition, (start, end) in sorted((await log.bounds()).items()):
            epoch = found.epochs.get((log.topic, partition)) or Epoch(1, 0, "", None, None)
            log_end = LogEnd(epoch.cluster_id, start, end, epoch.arrival)
            stage, fault = stage_of(log.topic, partition, epoch, log_end)
            stage.records_in_flight = max(0, end - stage.applied - 1)
            stages.append(stage)
            faults += [fault] if fault else []
    if sum(stage.records_in_flight for stage in stages) <= _FEW_RECORDS:
        return await draw_up(settings)
    of_lines = topic_name(settings, LOGS_RAW)
    unread = sum(stage.records_in_flight for stage in stages if stage.topic == of_lines)
    waiting = [SourceLine(source=UNATTRIBUTED, accepted=unread, in_flight=unread)]
    return Ledger(
        balanced=not faults,
        sources=[*found.sources.values(), *(waiting if unread else ())],
        stages=stages,
        faults=faults,
        metrics=list(found.metrics.values()),
    )
