"""Reads patterns and ledger through what its caller holds open, as cheaply as watching asks for."""

from typing import Any, Final

import psycopg

from connectors.kafka import topic_name
from connectors.ledger import LINES, POINTS, draw_up, stage_of
from connectors.patterns import PatternView, join
from connectors.stores import patterns as store
from connectors.stores.alerts import Numbers, listed, numbers
from connectors.stores.epochs import Epoch, LogEnd
from connectors.stores.ledger import books
from connectors.stores.patterns import Counted
from connectors.topic_log import Logs
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


async def ledger(settings: Settings, connection: Connection, logs: Logs) -> Ledger:
    """The ledger of now. Raises Unavailable.

    While much is unread its values are not read: the records in flight are exact, but those of
    lines stand under `unattributed` until they are few.
    """
    found = books(connection)
    stages, faults = [], list(found.faults)
    for topic in (topic_name(settings, kind.topic) for kind in (LINES, POINTS)):
        async with logs.open(topic) as log:
            bounds = await log.bounds()
        for partition, (start, end) in sorted(bounds.items()):
            epoch = found.epochs.get((topic, partition)) or Epoch(1, 0, "", None, None)
            log_end = LogEnd(epoch.cluster_id, start, end, epoch.arrival)
            stage, fault = stage_of(topic, partition, epoch, log_end)
            stage.records_in_flight = max(0, end - stage.applied - 1)
            stages.append(stage)
            faults += [fault] if fault else []
    if sum(stage.records_in_flight for stage in stages) <= _FEW_RECORDS:
        return await draw_up(settings, logs=logs, stored=found)
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
