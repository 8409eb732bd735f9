"""How far what is stored lags behind what has arrived, in seconds."""

import time
from typing import Final

from connectors.kafka import topic_name
from connectors.stores.postgres import Connection
from connectors.topic_log import TopicLog, open_log
from schemas.dashboard import Lag
from schemas.settings import Settings
from schemas.topics import LOGS_RAW, METRICS_RAW

_APPLIED: Final = """
select distinct on (topic, partition) topic, partition, applied from frontiers
order by topic, partition, epoch desc
"""
Applied = dict[tuple[str, int], int]


async def applied(connection: Connection) -> Applied:
    """The last offset that is stored, by topic and partition."""
    rows = await (await connection.execute(_APPLIED)).fetchall()
    return {(topic, partition): offset for topic, partition, offset in rows}


async def worst(settings: Settings, frontiers: Applied) -> Lag:
    """Of all partitions of the raw topics. Raises Unavailable."""
    found = Lag(seconds=0.0, where="")
    for topic in (LOGS_RAW, METRICS_RAW):
        async with open_log(settings, topic_name(settings, topic)) as log:
            for partition, (start, end) in (await log.bounds()).items():
                first = max(frontiers.get((log.topic, partition), start - 1) + 1, start)
                seconds = await _age(log, partition, first) if first < end else 0.0
                if seconds > found.seconds:
                    found = Lag(seconds=seconds, where=f"{topic.name}-{partition}")
    return found


async def _age(log: TopicLog, partition: int, offset: int) -> float:
    record = await log.one(partition, offset)
    return max(time.time() - record.timestamp / 1000, 0.0) if record else 0.0
