"""The newest dead letter of each source, among the newest of all."""

import time
from typing import Final

from connectors.kafka import topic_name
from connectors.letters import PARTITION, letter_id
from connectors.topic_log import Logs
from schemas import headers
from schemas.settings import Settings
from schemas.sources import SourceError
from schemas.topics import DLQ

_LETTERS: Final = 10_000
_SOURCES: Final = 20_000
_READ_SECONDS: Final = 1.5


class LastErrors:
    """Follows the topic; `refresh` reads what is new, at most the newest 10,000."""

    def __init__(self, settings: Settings, logs: Logs) -> None:
        self._topic = topic_name(settings, DLQ)
        self._logs = logs
        self._at: int | None = None
        self.by_source: dict[str, SourceError] = {}

    async def refresh(self) -> None:
        """Goes on for a second or two at most, later from there. Raises Unavailable."""
        until = time.monotonic() + _READ_SECONDS
        async with self._logs.open(self._topic) as log:
            start, end = (await log.bounds()).get(PARTITION, (0, 0))
            if self._at is None or self._at > end:  # the topic was made anew
                self._at = start
                self.by_source.clear()
            self._at = max(self._at, start, end - _LETTERS)
            async for record in log.read(PARTITION, self._at, end):
                self._at = record.offset + 1
                self._note(list(record.headers), record.timestamp, record.offset)
                if time.monotonic() > until:
                    return
            self._at = end

    def _note(self, found: headers.Headers, stamp: int, offset: int) -> None:
        source = headers.text(found, headers.SOURCE)
        if not source:
            return
        self.by_source.pop(source, None)  # so that the oldest stands first
        self.by_source[source] = SourceError.model_validate(
            {
                "at": stamp / 1000,
                "reason": headers.text(found, headers.DEAD_REASON) or "",
                "detail": headers.text(found, headers.DEAD_DETAIL) or "",
                "letter": letter_id(offset),
            }
        )
        if len(self.by_source) > _SOURCES:
            del self.by_source[next(iter(self.by_source))]
