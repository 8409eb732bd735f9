"""Alerts as people ask for them: those of now, one with its history, each change as it comes."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence

from pydantic import ValidationError

from connectors.kafka import topic_name
from connectors.stores import alerts as store
from connectors.stores import postgres
from connectors.topic_log import TopicLog, open_log
from schemas.alerts import Alert
from schemas.errors import UserError
from schemas.settings import Settings
from schemas.topics import ALERTS

_PAUSE_SECONDS = 0.3


def load(settings: Settings, *, closed: bool, limit: int) -> list[Alert]:
    """Open ones, the worst first; with `closed` the others after them. Raises Unavailable."""
    with postgres.connect(settings) as connection:
        return store.listed(connection, closed=closed, limit=limit)


def history(settings: Settings, alert_id: str) -> list[Alert]:
    """Every version of one alert, the first first; the beginning of its id will do.

    Raises UserError when there is no such alert, or more than one.
    """
    with postgres.connect(settings) as connection:
        ids = store.beginning(connection, alert_id)
        if len(ids) > 1:
            raise UserError(f"{len(ids)} alerts begin with {alert_id!r}", "write more of the id")
        found = store.history(connection, ids[0]) if ids else []
    if not found:
        raise UserError(f"no alert {alert_id}", "`foreshock alerts --all` lists them")
    return found


async def follow(
    settings: Settings, *, closed: bool, limit: int, first: Callable[[Sequence[Alert]], None]
) -> AsyncGenerator[Alert, None]:
    """Gives what there is to `first`, up to `limit`, then yields every change from there on.

    The end of the topic is taken before the list is read, so nothing is missed between the two;
    what the list has already is not yielded again. Raises Unavailable.
    """
    async with open_log(settings, topic_name(settings, ALERTS)) as log:
        ends = {partition: end for partition, (_, end) in (await log.bounds()).items()}
        with postgres.connect(settings) as connection:
            known = store.versions(connection)
        first(load(settings, closed=closed, limit=limit))
        while True:
            for alert in await _news(log, ends):
                if alert.version > known.get(alert.id, 0):
                    known[alert.id] = alert.version
                    yield alert
            await asyncio.sleep(_PAUSE_SECONDS)


async def _news(log: TopicLog, ends: dict[int, int]) -> list[Alert]:
    """What came since the last time; `ends` moves on. A log that begins anew is read anew."""
    found = []
    for partition, (start, end) in (await log.bounds()).items():
        begin = ends.get(partition, start)
        async for record in log.read(partition, begin if begin <= end else start, end):
            try:
                found.append(Alert.model_validate_json(record.value or b""))
            except ValidationError:
                continue  # persist dead-letters it and says so
        ends[partition] = end
    return found
