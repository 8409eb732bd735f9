"""What Faust delivers, as the pure code sees it."""

from typing import Any

from faust.types import Message

from agents.parsing.record import Record


def record_of(message: Message) -> Record:
    """The record of a message; the one place that knows how Faust has changed it."""
    found: Any = message.headers or []
    pairs = found.items() if isinstance(found, dict) else found
    return Record(
        message.topic,
        message.partition,
        message.offset,
        round((message.timestamp or 0) * 1000),  # Faust has made seconds of it
        message.key,
        message.value or b"",
        [(str(name), value) for name, value in pairs],
    )
