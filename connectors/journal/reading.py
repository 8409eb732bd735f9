"""Records of the journal by their coordinates: whether a position still holds, and what follows.

For who comes with a cursor that is older than what is held in memory.
"""

from collections.abc import Mapping
from typing import Final

from aiokafka.structs import ConsumerRecord

from connectors.journal.ring import Entry
from connectors.kafka import topic_name
from connectors.topic_log import TopicLog, open_log
from schemas.errors import Unavailable
from schemas.journal import JOURNAL, NOTHING, Journal, Place, Position, is_valid, loss
from schemas.settings import Settings

_MOST_ENTRIES: Final = 500
_MOST_BYTES: Final = 8 * 1024 * 1024

BY_TOPIC: Final[Mapping[str, Journal]] = {journal.topic.name: journal for journal in JOURNAL}


class Lost(Exception):
    """Reading cannot go on at a position; the text says why."""


def entry_of(place: Place, record: ConsumerRecord) -> Entry:
    """A record as an entry; a deleted key and what the topic is not for say nothing."""
    journal, value = BY_TOPIC[place.topic], record.value or b""
    text = ""
    if is_valid(journal, value):
        text = f'"topic":"{place.topic}","kind":"{journal.kind}","data":{value.decode().strip()}}}'
    return Entry(place, record.offset, record.timestamp, journal.kind, text)


async def newest(log: TopicLog, topic: str) -> dict[Place, Position]:
    """The end of each partition. Raises Unavailable when there is no such topic."""
    bounds = await log.bounds()
    if not bounds:
        raise Unavailable("kafka", f"there is no topic {log.topic} yet")
    return {
        Place(topic, partition): Position(end, await _stamp(log, partition, start, end))
        for partition, (start, end) in bounds.items()
    }


async def check(log: TopicLog, place: Place, position: Position) -> tuple[int, int]:
    """The partition's bounds. Raises Lost when reading cannot go on at the position."""
    start, end = (await log.bounds()).get(place.partition, (0, 0))
    stamp = NOTHING
    if start < position.offset <= end:
        stamp = await _stamp(log, place.partition, start, position.offset)
    if why := loss(position, start, end, stamp):
        raise Lost(f"{place.topic}:{place.partition}: {why}")
    return start, end


async def _stamp(log: TopicLog, partition: int, start: int, end: int) -> int:
    """Of the record before `end`; NOTHING where there is none, or it was compacted away."""
    if end <= start:
        return NOTHING
    async for record in log.read(partition, end - 1, end):
        return int(record.timestamp)
    return NOTHING


async def behind(
    settings: Settings, place: Place, position: Position, end: Position
) -> tuple[list[Entry], Position]:
    """The next entries before `end`, not all at once, and where one stands who has read them.

    Raises Lost when reading cannot go on at the position, Unavailable without the broker.
    """
    found: list[Entry] = []
    size = 0
    async with open_log(settings, topic_name(settings, BY_TOPIC[place.topic].topic)) as log:
        _start, last = await check(log, place, position)
        if end.offset <= position.offset or last < end.offset:
            return [], position
        async for record in log.read(place.partition, position.offset, end.offset):
            found.append(entry_of(place, record))
            size += len(found[-1].text)
            if len(found) == _MOST_ENTRIES or size > _MOST_BYTES:
                return found, found[-1].after
    return found, end
