"""Dead letters read at their coordinates, the newest first, for pages that show some of many.

No index is kept: the topic is read backwards in blocks, and a search says how far it came.
"""

import time
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final, NamedTuple

from aiokafka.admin import RecordsToDelete
from aiokafka.structs import ConsumerRecord, TopicPartition

from connectors.deadletters import DeadLetter, can_be_replayed, letter_of
from connectors.kafka import topic_name
from connectors.shared_logs import SharedLogs
from connectors.stores import purged_letters, replays
from connectors.stores.postgres import Connection
from connectors.topic_log import TopicLog
from schemas.dead_letters import LetterView
from schemas.errors import InvalidEvent
from schemas.settings import Settings
from schemas.topics import DLQ

PARTITION: Final = 0  # the topic has one
_FIRST_BLOCK, _LARGEST_BLOCK = 200, 2_000
_SEARCH_SECONDS: Final = 3.0
_NEAR: Final = 500  # letters so close together are read in one go
_PREVIEW: Final = 200

Database = Callable[[], AbstractAsyncContextManager[Connection]]


class Found(NamedTuple):
    """A letter with what its record is: `view` to be shown, `letter` with its bytes."""

    view: LetterView
    letter: DeadLetter
    stamp: int
    offset: int


class Search(NamedTuple):
    """Letters found, and the offset below which nothing was looked at."""

    found: list[LetterView]
    below: int
    scanned: int
    start: int
    end: int

    @property
    def complete(self) -> bool:
        """Whether nothing older is left."""
        return self.below <= self.start


def letter_id(offset: int) -> str:
    """How the API names a letter."""
    return f"{PARTITION}-{offset}"


def offset_of(id_: str) -> int:
    """Raises InvalidEvent for what is no name of a letter."""
    partition, _, offset = id_.partition("-")
    if partition != str(PARTITION) or not (offset.isascii() and offset.isdigit()):
        raise InvalidEvent("letter", f"{id_[:40]!r} is no id of a dead letter")
    if len(offset) > 18:
        raise InvalidEvent("letter", f"{id_[:40]!r} is no id of a dead letter")
    return int(offset)


class Letters:
    """The topic dlq for a process that serves; `database` gives a snapshot of Postgres."""

    def __init__(self, settings: Settings, logs: SharedLogs, database: Database) -> None:
        self._topic = topic_name(settings, DLQ)
        self._logs = logs
        self._database = database

    async def search(
        self, fits: Callable[[LetterView], bool], limit: int, below: int | None = None
    ) -> Search:
        """The newest letters that fit, of those below an offset. Raises Unavailable.

        Ends after a few seconds, wherever it is then.
        """
        until = time.monotonic() + _SEARCH_SECONDS
        found: list[LetterView] = []
        scanned, size = 0, max(_FIRST_BLOCK, limit)
        async with self._logs.open(self._topic) as log:
            start, end = (await log.bounds()).get(PARTITION, (0, 0))
            at = end if below is None else min(below, end)
            while at > start and len(found) < limit and time.monotonic() < until:
                first = max(start, at - size)
                block = await self._read(log, first, at)
                scanned += at - first
                fitting = [one for one in reversed(block) if fits(one.view)]
                chosen = fitting[: limit - len(found)]
                found += [one.view for one in chosen]
                at = chosen[-1].offset if len(chosen) < len(fitting) else first
                size = min(2 * size, _LARGEST_BLOCK)
        return Search(found, at, scanned, start, end)

    async def of(self, offsets: Collection[int], keep: bool = True) -> dict[int, Found]:
        """The letters at these offsets, those that are there, with their bytes if `keep`."""
        found: dict[int, Found] = {}
        async with self._logs.open(self._topic) as log:
            start, end = (await log.bounds()).get(PARTITION, (0, 0))
            wanted = sorted(offset for offset in offsets if start <= offset < end)
            chosen = set(wanted)
            for first, last in _runs(wanted):
                for one in await self._read(log, first, last + 1, chosen, keep):
                    found[one.offset] = one
        return found

    async def delete_before(self, offset: int) -> None:
        """For good: the log begins at `offset` from now on. Raises Unavailable."""
        async with self._logs.admin() as admin:
            where = TopicPartition(self._topic, PARTITION)
            await admin.delete_records({where: RecordsToDelete(before_offset=offset)})

    async def bounds(self) -> tuple[int, int]:
        """(log start, next offset). Raises Unavailable."""
        async with self._logs.open(self._topic) as log:
            return (await log.bounds()).get(PARTITION, (0, 0))

    async def _read(
        self,
        log: TopicLog,
        first: int,
        end: int,
        chosen: Collection[int] | None = None,
        keep: bool = False,
    ) -> list[Found]:
        """Those that are not hidden, of `chosen` or all, oldest first; with bytes if `keep`."""
        read = [
            _found(record, keep)
            async for record in log.read(PARTITION, first, end)
            if chosen is None or record.offset in chosen
        ]
        if not read:
            return []
        async with self._database() as connection:
            ranges = [one.letter.range for one in read if one.letter.range]
            ids = [one.letter.id for one in read]
            back, counted = await replays.done(connection, ids, ranges)
            offsets = [one.offset for one in read]
            hidden = await purged_letters.among(connection, PARTITION, offsets)
        for one in read:
            one.view.brought_back = one.letter.id in back or one.letter.range in counted
        return [one for one in read if (PARTITION, one.offset, one.stamp) not in hidden]


def _found(record: ConsumerRecord, keep: bool) -> Found:
    letter = letter_of(record)
    view = LetterView(
        id=letter_id(record.offset),
        dead_id=letter.id,
        bytes=len(letter.value),
        can_be_replayed=can_be_replayed(letter),
        preview=letter.value[:_PREVIEW].decode("utf-8", "backslashreplace"),
        **letter.model_dump(exclude={"id", "value", "schema_name"}),
    )
    if not keep:
        letter.value = b""
    return Found(view, letter, record.timestamp, record.offset)


def _runs(offsets: Sequence[int]) -> list[tuple[int, int]]:
    """(first, last) of offsets that lie close together; ascending. Pure."""
    runs: list[tuple[int, int]] = []
    for offset in offsets:
        if runs and offset - runs[-1][1] <= _NEAR:
            runs[-1] = (runs[-1][0], offset)
        else:
            runs.append((offset, offset))
    return runs
