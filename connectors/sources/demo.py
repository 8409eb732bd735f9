"""The demo source: the fleet of a small shop that is made up, marked as such in every record.

First its past, from six hours ago, as fast as it goes, so that what is usual is known; then the
present, second by second, with one fault. After a crash exactly the slice of time that was on its
way is published again; after a longer stop the time between is caught up as past.
"""

import asyncio
import time
from collections.abc import Coroutine, Iterator
from typing import Any, Final

import structlog

from connectors.publish import batch_headers, metric_headers
from connectors.sources.book import Book
from connectors.sources.edge import Edge
from connectors.sources.registry import source
from connectors.sources.shop.faults.catalogue import FAULTS, chosen
from connectors.sources.shop.faults.fault import Injected
from connectors.sources.shop.fleet import Stream
from connectors.sources.shop.metrics import Point
from connectors.sources.shop.shop import Shop
from connectors.sources.shop.slices import Slice, beginning, past
from schemas.demo import RANGE_PREFIX, SOURCE_PREFIX
from schemas.errors import Unavailable
from schemas.logs import LogBatch
from schemas.metrics import MetricBatch
from schemas.settings import Settings

_PAST_SECONDS, _LIVE_SECONDS = 60, 5  # between two points of a metric
_SYSTEM: Final = "system"  # in ranges, the log without a service

Sending = Coroutine[Any, Any, "asyncio.Task[None]"]

_log = structlog.get_logger()


@source("demo", wanted=lambda settings: settings.demo_fleet)
async def poll(edge: Edge, settings: Settings) -> None:
    """Publish the fleet's past and then its present until cancelled."""
    await Fleet(edge, settings).run()


def injected(book: Book, seed: int) -> tuple[Injected, int] | None:
    """The last fault that was injected into the shop of a seed, over or not, and its number."""
    text, _ = book.cursors(_fault_cursor(seed))
    if not text:
        return None
    name, onset, number = text.split()
    return Injected(FAULTS[name], float(onset)), int(number)


def _fault_cursor(seed: int) -> str:
    return f"{RANGE_PREFIX}{seed}:fault"


class Fleet:
    """Publishes one shop. `run` raises Unavailable when the broker does not answer."""

    def __init__(self, edge: Edge, settings: Settings) -> None:
        self._edge = edge
        self._settings = settings
        self._seed = settings.demo_seed
        self._name = f"{RANGE_PREFIX}{self._seed}"

    async def run(self) -> None:
        """Until cancelled."""
        taken, planned = self._edge.book.cursors(self._name)
        if planned != taken:
            standing = Slice.read(taken, planned)
            await self._publish(Shop(self._seed, standing.start, self._fault()), standing)
            taken = str(standing.stop)
        shop = Shop(self._seed, beginning(taken, time.time()), self._fault())
        await self._catch_up(shop)
        shop = Shop(self._seed, shop.now, self._inject())
        while True:
            await self._catch_up(shop)  # of a machine that slept, too
            if (now := int(time.time())) > shop.now:
                await self._publish(shop, Slice(shop.now, now, past=False))
            await asyncio.sleep(max(shop.now + 1 - time.time(), 0.05))

    async def _catch_up(self, shop: Shop) -> None:
        while parts := past(shop.now, time.time()):
            for part in parts:
                await self._publish(shop, part)

    def _fault(self) -> list[Injected]:
        last = injected(self._edge.book, self._seed)
        return [last[0]] if last else []

    def _inject(self) -> list[Injected]:
        """The fault that is under way; else the next, to begin some seconds from now."""
        now = time.time()
        last = injected(self._edge.book, self._seed)
        known, before = ([last[0]], last[1]) if last else ([], 0)
        fault = chosen(self._seed, self._settings.demo_fault, before)
        if fault is None or (last and now < last[0].end):
            return known
        onset = int(now + self._settings.demo_fault_after)
        text = f"{fault.name} {onset} {before + 1}"
        self._edge.book.set_cursors(_fault_cursor(self._seed), text, text)
        _log.info("fault_injected", fault=fault.name, onset=onset, truth=fault.truth.title)
        return [*known, Injected(fault, onset)]

    async def _publish(self, shop: Shop, part: Slice) -> None:
        """Write the slice down, publish it, and strike it out when all of it is acknowledged."""
        self._edge.book.set_cursors(self._name, str(part.start), part.text)
        await asyncio.gather(*await self._handed_over(shop, part))
        done = str(part.stop)
        self._edge.book.set_cursors(self._name, done, done)

    async def _handed_over(self, shop: Shop, part: Slice) -> list["asyncio.Task[None]"]:
        """What ends when the broker has acknowledged the records of a slice."""
        sent: list[asyncio.Task[None]] = []
        try:
            for record in self._records(shop, part):
                sent.append(await record)
        except Unavailable:
            asyncio.gather(*sent, return_exceptions=True)  # they fail, too; this says it for all
            raise
        return sent

    def _records(self, shop: Shop, part: Slice) -> Iterator[Sending]:
        """The sendings of a slice, in order of time."""
        points: list[Point] = []
        for start, stop in part.pieces:
            seen = shop.step(stop, _PAST_SECONDS if part.past else _LIVE_SECONDS)
            for stream, lines in sorted(seen.lines.items()):
                yield self._lines(stream, lines, (start, stop), part.past)
            points += seen.points
        for host in sorted({point.host for point in points}):
            own = [point for point in points if point.host == host]
            yield self._points(host, own, part)

    def _lines(
        self, stream: Stream, lines: list[bytes], span: tuple[int, int], is_past: bool
    ) -> Sending:
        name = f"{SOURCE_PREFIX}{stream.host}"
        batch = LogBatch(
            name, lines, host=stream.host, service=stream.service, imported=is_past, demo=True
        )
        part = self._range(f"{stream.host}/{stream.service or _SYSTEM}", *span)
        return self._edge.publisher.send(batch, batch_headers(batch, part))

    def _points(self, host: str, points: list[Point], part: Slice) -> Sending:
        batch = MetricBatch(
            source=f"{SOURCE_PREFIX}{host}",
            host=[point.host for point in points],
            metric=[point.metric for point in points],
            time_ms=[point.at * 1000 for point in points],
            value=[point.value for point in points],
            imported=part.past,
            demo=True,
        )
        span = self._range(f"{host}/points", part.start, part.stop)
        return self._edge.publisher.send_metrics(batch, metric_headers(batch, span))

    def _range(self, what: str, start: int, stop: int) -> str:
        return f"{self._name}:{what}:{start}-{stop}"
