"""From what a body held to records that the broker has acknowledged: all of it, or Unavailable."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from typing import Final, NamedTuple, TypeVar

from api.cutting import BYTES, LINES, POINTS, cut_lines, cut_points
from api.lanes import Lane
from api.reading.reading import BadItem, Reading
from api.sending import Sending
from connectors.outlet import Outlet
from connectors.publish import Publisher, batch_headers, metric_headers
from connectors.refusing import Refused
from schemas.errors import Unavailable
from schemas.logs import MAX_LINE_BYTES, LogBatch
from schemas.metrics import MetricBatch

_STAGE: Final = "http"
_LANES: Final = 1_000  # more than so many, and those that are idle are let go

K = TypeVar("K")
T = TypeVar("T")
Acknowledgement = asyncio.Task[None]
Step = Callable[[], Awaitable[Acknowledgement]]


class Lines(NamedTuple):
    """Lines of one request; `trace` is its traceparent."""

    lines: list[bytes]
    trace: str


class Points(NamedTuple):
    """Likewise for metric points."""

    batch: MetricBatch
    trace: str


class Intake:
    """One a process. `seconds`: so long without any acknowledgement is too long."""

    def __init__(self, outlet: Outlet, seconds: float) -> None:
        self._outlet = outlet
        self._seconds = seconds
        self._lines: dict[str, Lane[Lines]] = {}
        self._points: dict[tuple[str, int], Lane[Points]] = {}

    async def take(self, sending: Sending, reading: Reading, origin: str, topic: str) -> None:
        """Returns when the broker has acknowledged every line, point and dead letter.

        `origin` is that of the body, "" where it has none: then small bodies of a source share
        records. `topic` is where the bad items would have gone. Raises Unavailable; then nothing,
        some or all of it may be in the topics.
        """
        publisher = self._outlet.publisher
        pending = [*self._begin(publisher, sending, reading, origin)]
        if reading.bad:
            letters = (_refused(sending, bad, origin, topic) for bad in reading.bad)
            steps = (partial(publisher.send_refused, letter) for letter in letters)
            pending.append(asyncio.ensure_future(_in_turn(steps)))
        for one in pending:
            one.add_done_callback(_heard)
        try:
            await self._acknowledged(publisher, pending)
        except Unavailable as error:
            self._outlet.failed(publisher, error)
            raise
        finally:
            for one in pending:
                one.cancel()

    def _begin(
        self, publisher: Publisher, sending: Sending, reading: Reading, origin: str
    ) -> "Iterator[asyncio.Future[None]]":
        source, trace = sending.source, sending.trace.parent
        parts = list(cut_lines(reading.lines))
        if len(parts) == 1 and not origin:
            size = max(sum(map(len, parts[0])), len(parts[0]) * BYTES // LINES)
            yield self._line_lane(source).put(Lines(parts[0], trace), size)
        elif parts:
            yield asyncio.ensure_future(
                _in_turn(_line_steps(publisher, source, parts, trace, origin))
            )
        groups = publisher.by_partition(reading.points)
        if len(reading.points.value) <= POINTS and not origin:
            for place, batch in groups:
                lane = self._point_lane(source, place)
                yield lane.put(Points(batch, trace), len(batch.value))
        elif groups:
            batches = [batch for _, group in groups for batch in cut_points(group)]
            yield asyncio.ensure_future(_in_turn(_point_steps(publisher, batches, trace, origin)))

    async def _acknowledged(
        self, publisher: Publisher, pending: "Sequence[asyncio.Future[None]]"
    ) -> None:
        """Patient while anything is acknowledged: a large body is many records."""
        late: set[asyncio.Future[None]] = set(pending)
        while late:
            began = time.monotonic()
            done, late = await asyncio.wait(
                late, timeout=self._seconds, return_when=asyncio.FIRST_EXCEPTION
            )
            for one in done:
                one.result()
            if late and publisher.acknowledged_at < began:
                detail = f"nothing was acknowledged within {self._seconds:g} s"
                raise Unavailable("Kafka", detail)

    def _line_lane(self, source: str) -> Lane[Lines]:
        _let_go(self._lines)
        if source not in self._lines:
            self._lines[source] = Lane(partial(self._carry_lines, source), BYTES)
        return self._lines[source]

    def _point_lane(self, source: str, place: int) -> Lane[Points]:
        _let_go(self._points)
        if (source, place) not in self._points:
            self._points[source, place] = Lane(partial(self._carry_points, source), POINTS)
        return self._points[source, place]

    async def _carry_lines(self, source: str, pieces: Sequence[Lines]) -> None:
        batch = LogBatch(source, [line for piece in pieces for line in piece.lines])
        headers = batch_headers(batch, None, pieces[0].trace)
        await (await self._outlet.publisher.send(batch, headers))

    async def _carry_points(self, source: str, pieces: Sequence[Points]) -> None:
        batches = [piece.batch for piece in pieces]
        batch = MetricBatch(
            source,
            list(chain.from_iterable(batch.host for batch in batches)),
            list(chain.from_iterable(batch.metric for batch in batches)),
            list(chain.from_iterable(batch.time_ms for batch in batches)),
            list(chain.from_iterable(batch.value for batch in batches)),
        )
        headers = metric_headers(batch, None, pieces[0].trace)
        await (await self._outlet.publisher.send_metrics(batch, headers))


def _line_steps(
    publisher: Publisher, source: str, parts: Iterable[list[bytes]], trace: str, origin: str
) -> Iterator[Step]:
    for number, lines in enumerate(parts):
        batch = LogBatch(source, lines)
        part = f"{origin}:lines-{number}" if origin else None
        yield partial(publisher.send, batch, batch_headers(batch, part, trace))


def _point_steps(
    publisher: Publisher, batches: Iterable[MetricBatch], trace: str, origin: str
) -> Iterator[Step]:
    for number, batch in enumerate(batches):
        part = f"{origin}:points-{number}" if origin else None
        yield partial(publisher.send_metrics, batch, metric_headers(batch, part, trace))


async def _in_turn(steps: Iterable[Step]) -> None:
    """One record after the other, so that only what is in flight exists twice in memory."""
    begun: list[Acknowledgement] = []
    for step in steps:
        begun.append(await step())
        begun[-1].add_done_callback(_heard)
        if begun[0].done():
            begun.pop(0).result()
    for one in begun:
        await one


def _heard(task: "asyncio.Future[None]") -> None:
    """Whoever waited may have given up; then nobody else asks how it ended."""
    if not task.cancelled():
        task.exception()


def _refused(sending: Sending, bad: BadItem, origin: str, topic: str) -> Refused:
    """The dead letter of a bad item; of a huge one it holds what a line may have."""
    return Refused(
        id=f"{origin or sending.unique}#{bad.place}",
        source=sending.source,
        stage=_STAGE,
        topic=topic,
        reason=bad.reason,
        detail=bad.detail,
        trace=sending.trace.parent,
        value=bad.value[:MAX_LINE_BYTES],
    )


def _let_go(lanes: dict[K, Lane[T]]) -> None:
    if len(lanes) > _LANES:
        for key in [key for key, lane in lanes.items() if lane.idle]:
            del lanes[key]
