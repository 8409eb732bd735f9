"""Lines out of the topic, where nothing else keeps them: a search, what is around one, the newest.

Tables say which records may hold a line; the records are read at their coordinates, and looked
through by the reader. Nothing is read beyond a budget.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Final, NamedTuple

from connectors.log_reader import LogReader
from connectors.stores.log_places import Place, in_one_go, newest
from connectors.stores.postgres import Connection
from schemas.errors import InvalidEvent
from schemas.log_lines import LogContext, LogLine, LogPage, LogTail, ScannedLines
from schemas.log_reads import FindSlots, FoundLine, Range, Scan, Scanned, Slots, Wanted
from schemas.pages import from_cursor, to_cursor
from schemas.pattern_lists import LEVELS, PatternSlots, Slot, SlotValue

_PLACES: Final = 256  # asked of the database at once
_FIRST_LINES: Final = 2_000  # looked through at first, and then four times as many, and so on
_MOST_LINES: Final = 32_000
_MOST_ROWS: Final = 64
_AROUND: Final = (1, 8, 64, 512)  # records looked through for neighbours, until there are enough
_TAIL_RECORDS: Final = 50  # of a partition; who falls behind further is shown the newest
_TAIL_FIRST: Final = 2
_SLOT_LINES: Final = 300
_SLOT_VALUES: Final = 10

Reading = Callable[[], AbstractAsyncContextManager[Connection]]


class Budget(NamedTuple):
    """What one search may cost; it ends with the step that goes beyond."""

    lines: int = 250_000
    bytes: int = 96 * 1024 * 1024
    seconds: float = 3.0


USUAL: Final = Budget()


class LogSearch:
    """`reading` opens a snapshot of the database."""

    def __init__(self, reading: Reading, reader: LogReader, topic: str) -> None:
        self._reading = reading
        self._reader = reader
        self._topic = topic

    async def search(
        self, wanted: Wanted, limit: int, cursor: str | None, budget: Budget = USUAL
    ) -> LogPage:
        """The newest records first, the lines of one from its end. Raises Unavailable and
        InvalidEvent.
        """
        search = _Search(self, wanted, limit, budget)
        return await search.run(cursor)

    async def places(self, wanted: Wanted, start: tuple[int, int, int, int] | None) -> list[Place]:
        """The next records that may hold a wanted line."""
        async with self._reading() as connection:
            return await newest(connection, self._topic, wanted, start, _PLACES)

    async def scan(
        self,
        ranges: Iterable[Range],
        wanted: Wanted,
        limit: int,
        beyond: tuple[int, int] | None = None,
        *,
        forward: bool = False,
        newest: bool = False,
    ) -> Scanned:
        """See `schemas.log_reads.Scan`."""
        number = self._reader.next_id()
        question = Scan(number, list(ranges), wanted, limit, forward, beyond, newest)
        return await self._reader.ask(question, Scanned)

    def shown(self, lines: Iterable[FoundLine]) -> list[LogLine]:
        """Lines as the API gives them."""
        return [
            LogLine(
                time=_time(one.time_ms),
                source=one.source,
                host=one.host,
                service=one.service,
                severity=LEVELS[one.severity],
                pattern=one.pattern or None,
                message=one.message,
                text=one.text,
                cut=one.cut,
                topic=self._topic,
                partition=one.partition,
                offset=one.offset,
                line=one.line,
                demo=one.demo,
            )
            for one in lines
        ]

    async def context(
        self, partition: int, offset: int, line: int, lines: int
    ) -> LogContext | None:
        """The line at a place and up to `lines` of its source on each side; None: it is gone."""
        own = await self.scan([Range(partition, offset, offset + 1)], Wanted(), 2**31, forward=True)
        found = next((one for one in own.lines if one.line == line), None)
        if found is None:
            return None
        wanted = Wanted(only={"source": [found.source]})
        start, end = own.bounds[partition]
        where = (partition, offset, line)
        before = await self._side(wanted, where, lines + 1, start, forward=False)
        after = await self._side(wanted, where, lines + 1, end, forward=True)
        return LogContext(
            items=self.shown([*reversed(before[:lines]), found, *after[:lines]]),
            place=min(len(before), lines),
            more_before=len(before) > lines,
            more_after=len(after) > lines,
        )

    async def _side(
        self,
        wanted: Wanted,
        place: tuple[int, int, int],
        limit: int,
        bound: int,
        *,
        forward: bool,
    ) -> list[FoundLine]:
        """Neighbours on one side, the nearest first."""
        partition, offset, line = place
        found: list[FoundLine] = []
        near = 0
        for far in _AROUND:
            start, end = (
                (offset + near, offset + far) if forward else (offset - far + 1, offset - near + 1)
            )
            some = await self.scan(
                [Range(partition, max(start, 0), end)],
                wanted,
                limit - len(found),
                (offset, line),
                forward=forward,
            )
            found += some.lines
            if len(found) >= limit or (end >= bound if forward else start <= bound):
                break
            near = far
        return found

    async def tail(self, wanted: Wanted, limit: int, after: str | None) -> LogTail:
        """What came after the cursor, or else the newest. Raises Unavailable and InvalidEvent."""
        empty = await self.scan([], wanted, 1)
        numbers = sorted(empty.bounds)
        ends = [empty.bounds[number][1] for number in numbers]
        if after is None:
            begun = [max(empty.bounds[n][0], empty.bounds[n][1] - _TAIL_FIRST) for n in numbers]
        else:
            begun = [_whole(part) for part in from_cursor(after, len(numbers))]
        ranges, skipped = [], 0
        for number, start, end in zip(numbers, begun, ends, strict=True):
            first = max(start, end - _TAIL_RECORDS)
            skipped += max(0, first - start)
            ranges.append(Range(number, first, end))
        found = await self.scan(ranges, wanted, limit, newest=True)
        skipped += found.skipped if after is not None else 0  # nothing was shown that they follow
        items = self.shown(found.lines)
        return LogTail(items=items, after=to_cursor(list(ends)), skipped=skipped)

    async def slots(self, template: str, wanted: Wanted) -> PatternSlots:
        """What stood in the template's variables, in its newest lines. Raises Unavailable."""
        found = await _Search(self, wanted, _SLOT_LINES, USUAL).lines()
        messages = [one.message for one in found]
        question = FindSlots(self._reader.next_id(), template, messages)
        answer = await self._reader.ask(question, Slots)
        # A list of values that is longer than the template's is one value: another width.
        widths = Counter(len(values) for values in answer.values if values)
        width = widths.most_common(1)[0][0] if widths else 0
        fitting = [values for values in answer.values if values and len(values) == width]
        return PatternSlots(
            template=template,
            lines=len(messages),
            fitting=len(fitting),
            slots=[_slot([values[place] for values in fitting]) for place in range(width)],
        )


def _slot(found: Sequence[tuple[str, str]]) -> Slot:
    types = Counter(kind for kind, _ in found)
    values = Counter(value for _, value in found)
    return Slot(
        type=types.most_common(1)[0][0],
        distinct=len(values),
        values=[SlotValue(value=v, lines=n) for v, n in values.most_common(_SLOT_VALUES)],
    )


class _Search:
    """One search on its way: what was found, what it has cost, how far it got."""

    def __init__(self, logs: LogSearch, wanted: Wanted, limit: int, budget: Budget) -> None:
        self._logs = logs
        self._wanted = wanted
        self._limit = limit
        self._budget = budget
        self._until = time.monotonic() + budget.seconds
        self._found: list[FoundLine] = []
        self._bounds: dict[int, tuple[int, int]] = {}
        self._lines = self._bytes = 0
        self._step = _FIRST_LINES
        self._reached: int | None = None
        self._expired: int | None = None

    async def lines(self) -> list[FoundLine]:
        """What the first page would show."""
        await self.run(None)
        return self._found

    async def run(self, cursor: str | None) -> LogPage:
        """The page that begins at the cursor."""
        start, beyond = _read_cursor(cursor)
        resumed = beyond is not None
        while True:
            places = await self._logs.places(self._wanted, start)
            more = len(places) == _PLACES
            if not resumed and start is not None:
                places = [place for place in places if place.key != start]  # it is done
            elif beyond is not None and (not places or places[0].key != start):
                beyond = None  # packed into another row meanwhile
            resumed = False
            while places:
                count = in_one_go(places, _MOST_ROWS, self._step)
                stopped = await self._look(places[:count], beyond)
                if stopped is not None:
                    return self._page(stopped)
                beyond, start, places = None, places[count - 1].key, places[count:]
                if self._spent and (places or more):
                    last = (*start, 0, -1)
                    return self._page(last)
            if not more:
                return self._page(None)

    async def _look(
        self, places: list[Place], beyond: tuple[int, int] | None
    ) -> tuple[int, ...] | None:
        """Looks through records; where the limit was reached, if it was."""
        living = [place for place in places if self._is_there(place)]
        ranges = [Range(p.partition, p.prev_offset + 1, p.offset + 1) for p in living]
        left = self._limit - len(self._found)
        if living and living[0] is not places[0]:
            beyond = None
        answer = await self._logs.scan(ranges, self._wanted, left, beyond)
        self._bounds = answer.bounds
        self._found += answer.lines
        self._lines += answer.scanned_lines
        self._bytes += answer.scanned_bytes
        self._step = min(self._step * 4, _MOST_LINES)
        reached = places[-1] if answer.done == len(living) else living[answer.done]
        self._reached = reached.last_minute
        for place in places:
            if not self._is_there(place):
                self._expired = max(self._expired or 0, place.arrival)
        if answer.done == len(living):
            return None
        last = answer.lines[-1]
        return (*reached.key, last.offset, last.line)

    def _is_there(self, place: Place) -> bool:
        start, end = self._bounds.get(place.partition, (0, 2**62))
        return place.current and start <= place.offset < end

    @property
    def _spent(self) -> bool:
        return (
            self._lines >= self._budget.lines
            or self._bytes >= self._budget.bytes
            or time.monotonic() > self._until
        )

    def _page(self, stopped: tuple[int, ...] | None) -> LogPage:
        found = sorted(self._found, key=lambda one: -one.time_ms)
        reached = self._wanted.since_ms if stopped is None else (self._reached or 0) * 60_000
        return LogPage(
            items=self._logs.shown(found),
            next_cursor=None if stopped is None else to_cursor(list(stopped)),
            scanned=ScannedLines(
                lines=self._lines,
                bytes=self._bytes,
                reached=_time(reached),
                complete=stopped is None,
                expired_before=None if self._expired is None else _time(self._expired),
            ),
        )


Key = tuple[int, int, int, int]


def _read_cursor(cursor: str | None) -> tuple[Key | None, tuple[int, int] | None]:
    """Where a page begins: the key of a place, and the last line of it that was given."""
    if cursor is None:
        return None, None
    minute, arrival, partition, offset, at, line = (_whole(p) for p in from_cursor(cursor, 6))
    return (minute, arrival, partition, offset), (at, line)


def _whole(part: object) -> int:
    if isinstance(part, bool) or not isinstance(part, int) or abs(part) > 2**62:
        raise InvalidEvent("cursor", "it is none of ours; begin without one")
    return part


def _time(unix_ms: int) -> datetime:
    return datetime.fromtimestamp(unix_ms / 1000, UTC)
