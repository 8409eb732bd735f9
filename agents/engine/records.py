"""What the broker delivers, as the pure code sees it."""

from aiokafka.structs import ConsumerRecord

from agents.parsing.record import Record


def record_of(found: ConsumerRecord) -> Record:
    """A fetched record; a tombstone is one without bytes."""
    return Record(
        found.topic,
        found.partition,
        found.offset,
        found.timestamp or 0,
        found.key,
        found.value or b"",
        list(found.headers),
    )
