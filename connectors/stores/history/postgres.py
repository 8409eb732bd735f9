"""Metric history in Postgres: points by day, and buckets of five minutes and of an hour."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from typing import Final

from connectors.stores.history import back_end, days, reading, writing
from connectors.stores.history.admission import refused_names, refused_value
from connectors.stores.postgres import Connection, Pool, stand_idle, transaction
from schemas.history import RAW, Aggregate, Point, Series, Track, Written

_REMEMBERED: Final = 200_000  # series whose number need not be computed again
_CLASH: Final = "its series has the same number as another one"


class PostgresHistory:
    """The port `History` over the tables of metric points."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._numbers: dict[tuple[str, str], int] = {}

    async def write(self, connection: Connection, points: Sequence[Point]) -> Written:
        """Keep points in the caller's transaction; of one series and time the last place wins."""
        await back_end.confirm(connection, back_end.POSTGRES)
        return await self.bring(connection, points)

    async def bring(self, connection: Connection, points: Sequence[Point]) -> Written:
        """As `write`, whatever back end is recorded."""
        numbered, rejected = self._number(points)
        rows = await self._admit(connection, numbered, rejected)
        if not rows:
            return Written(0, 0, rejected)
        await writing.copy(connection, rows)
        stored = 0
        for number in sorted({row.time_ms // days.DAY_MS for row in rows}):
            day = days.day_of(number * days.DAY_MS)
            await days.make(connection, day)
            stored += await writing.upsert(connection, day)
        return Written(stored, len(rows) - stored, rejected)

    def _number(
        self, points: Sequence[Point]
    ) -> tuple[list[tuple[int, Point]], list[tuple[Point, str]]]:
        """The points that can be kept with the numbers of their series; the others with why not."""
        numbered: list[tuple[int, Point]] = []
        rejected: list[tuple[Point, str]] = []
        if len(self._numbers) > _REMEMBERED:
            self._numbers.clear()
        for point in points:
            names = point.host, point.metric
            number = self._numbers.get(names)
            refusal = "" if number is not None else refused_names(*names)
            if refusal := refusal or refused_value(point):
                rejected.append((point, refusal))
                continue
            numbered.append((series_number(*names) if number is None else number, point))
        return numbered, rejected

    async def _admit(
        self,
        connection: Connection,
        numbered: list[tuple[int, Point]],
        rejected: list[tuple[Point, str]],
    ) -> list[writing.Row]:
        """Rows of the points whose series are theirs alone; every series is locked then."""
        series = {number: (point.host, point.metric) for number, point in numbered}
        ordered = dict(sorted(series.items()))
        fresh = {number: names for number, names in ordered.items() if names not in self._numbers}
        # Names are sent only where they are needed; also when they were in what was rolled back.
        if fresh or await writing.lock(connection, list(ordered)) < len(ordered):
            await writing.name_and_lock(connection, ordered)
        clashing = await writing.misnamed(connection, fresh) if fresh else set()
        self._numbers |= {names: n for n, names in fresh.items() if n not in clashing}
        rows = []
        for number, point in numbered:
            if self._numbers.get((point.host, point.metric)) != number:
                rejected.append((point, _CLASH))
                continue
            place = point.offset, point.partition, point.index
            rows.append(writing.Row(number, point.time_ms, point.value, *place))
        return rows

    async def query(
        self,
        host: str,
        metric: str,
        from_ms: int,
        to_ms: int,
        step_ms: int = RAW,
        aggregate: Aggregate = "mean",
    ) -> Track:
        """From the points, or from the widest buckets of which a step holds whole ones."""
        number = series_number(host, metric)
        async with transaction(self._pool) as connection:
            if step_ms == RAW:
                return await reading.points(connection, number, from_ms, to_ms)
            return await reading.steps(connection, number, from_ms, to_ms, step_ms, aggregate)

    async def series(self, host: str | None = None) -> list[Series]:
        """Every series that has points; the table of names keeps those that had."""
        async with transaction(self._pool) as connection:
            return await reading.series(connection, host)

    async def delete(self, before_ms: int) -> int:
        """Drops the days that end before; each in a transaction of its own."""
        async with transaction(self._pool) as connection:
            kept = await days.kept(connection)
        for day in kept:
            if day.end_ms <= before_ms:
                async with transaction(self._pool) as connection:
                    await days.drop(connection, day)
        return before_ms // days.DAY_MS * days.DAY_MS

    async def forget(self, connection: Connection, hosts: Sequence[str]) -> None:
        """Deletes points, buckets and names of series, in the caller's transaction."""
        await back_end.confirm(connection, back_end.POSTGRES)
        await writing.forget(connection, hosts)

    async def everything(self) -> AsyncIterator[list[Point]]:
        """All points with their places, in packs that fit in memory."""
        async with transaction(self._pool) as connection:
            await stand_idle(connection)  # between packs it depends on whoever takes them
            async for pack in reading.everything(connection):
                yield pack


def series_number(host: str, metric: str) -> int:
    """64 bits of a hash of both names, signed: the same in every process, with no look-up."""
    digest = hashlib.blake2b(f"{host}\0{metric}".encode(errors="replace"), digest_size=8)
    return int.from_bytes(digest.digest(), "big", signed=True)
