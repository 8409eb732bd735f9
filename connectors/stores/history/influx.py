"""Metric history in InfluxDB 2: written at once, the same again by (series, time)."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from influxdb_client.client.influxdb_client_async import InfluxDBClientAsync
from influxdb_client.rest import ApiException

from connectors.stores.history import back_end, flux
from connectors.stores.history.days import DAY_MS
from connectors.stores.history.influx_answers import moved, rows_of, unix_ms
from connectors.stores.history.influx_bucket import make_bucket
from connectors.stores.history.influx_errors import answer_of, translated
from connectors.stores.history.influx_lines import MEASUREMENT, dropped, line, quoted, refused
from connectors.stores.postgres import Connection
from schemas.history import RAW, Aggregate, Point, Series, Track, Written
from schemas.settings import Settings

_LINES: Final = 5_000  # a request; more gains nothing
_TIMEOUT_MS: Final = 30_000
_BAD_LINE, _UNPROCESSABLE = 400, 422
_END_MS: Final = 4_102_444_800_000  # the year 2100, like the points that are admitted
_PACK: Final = 100_000
_FIRST_WINDOW_MS: Final = 3_600_000
_Key = tuple[str, str, int]


@asynccontextmanager
async def open_influx(settings: Settings) -> AsyncIterator["InfluxHistory"]:
    """The history in the bucket of the settings, which is made when it is not there.

    Raises UserError when the server refuses us, Unavailable when it does not answer.
    """
    client = InfluxDBClientAsync(
        settings.influxdb_url,
        settings.influxdb_token.get_secret_value(),
        org=settings.influxdb_org,
        timeout=_TIMEOUT_MS,
    )
    async with client:
        with translated(settings):
            await make_bucket(client, settings)
        yield InfluxHistory(client, settings)


class InfluxHistory:
    """The port `History` over one bucket.

    It cannot tell whether a time of a series is new, so `stored` counts every point but those that
    met another one in the same write; and what is written later wins, which is the later place as
    long as the records of a series are written in order.
    """

    def __init__(self, client: InfluxDBClientAsync, settings: Settings) -> None:
        self._settings = settings
        self._bucket = settings.influxdb_bucket
        self._writes = client.write_api()
        self._queries = client.query_api()
        self._deletes = client.delete_api()

    async def write(self, connection: Connection, points: Sequence[Point]) -> Written:
        """Send the points before the caller commits; the connection only confirms the back end."""
        await back_end.confirm(connection, back_end.INFLUXDB)
        return await self.bring(connection, points)

    async def bring(self, _connection: Connection, points: Sequence[Point]) -> Written:
        """As `write`, whatever back end is recorded."""
        rejected: list[tuple[Point, str]] = []
        winners: dict[_Key, Point] = {}
        sound = []
        for point in points:
            if refusal := refused(point):
                rejected.append((point, refusal))
                continue
            sound.append(point)
            other = winners.get(key := _key(point))
            if other is None or point.place > other.place:
                winners[key] = point
        refusals = await self._send(list(winners.values()))
        rejected += [(p, refusals[_key(p)]) for p in sound if _key(p) in refusals]
        stored = len(winners) - len(refusals)
        return Written(stored, len(points) - stored - len(rejected), rejected)

    async def _send(self, points: list[Point]) -> dict[_Key, str]:
        refusals: dict[_Key, str] = {}
        with translated(self._settings):
            for first in range(0, len(points), _LINES):
                refusals |= await self._send_or_split(points[first : first + _LINES])
        return refusals

    async def _send_or_split(self, points: list[Point]) -> dict[_Key, str]:
        """The points that the server does not take, found by halves; the others are written."""
        try:
            await self._writes.write(
                self._bucket, record="\n".join(map(line, points)).encode(), write_precision="ms"
            )
        except ApiException as error:
            if error.status not in (_BAD_LINE, _UNPROCESSABLE):
                raise
            answer = answer_of(error)
            if len(points) == 1 or dropped(answer) == len(points):
                return {_key(point): f"InfluxDB: {answer}" for point in points}
            # What is refused for the same reason comes to lie together: few requests find it.
            ordered = sorted(points, key=lambda point: (point.metric, point.time_ms))
            middle = len(ordered) // 2
            refusals = await self._send_or_split(ordered[:middle])
            return refusals | await self._send_or_split(ordered[middle:])
        return {}

    async def query(
        self,
        host: str,
        metric: str,
        from_ms: int,
        to_ms: int,
        step_ms: int = RAW,
        aggregate: Aggregate = "mean",
    ) -> Track:
        """The server sums up; names and times are bound to the query, never part of its text."""
        places = {"host": host, "metric": metric, "step": timedelta(milliseconds=step_ms)}
        text = flux.STEPS[aggregate] if step_ms else flux.POINTS
        rows = await self._rows(text, from_ms, to_ms, **places)
        found = sorted((unix_ms(row["_time"]), float(row["_value"])) for row in rows)
        # The first interval begins with the range, as the server sees it.
        times = [time_ms // (step_ms or 1) * (step_ms or 1) for time_ms, _ in found]
        return Track(times, [value for _, value in found])

    async def series(self, host: str | None = None) -> list[Series]:
        """Every series that has points, of one host or of all, sorted by host and metric."""
        texts = (flux.FIRST, flux.LAST) if host is None else (flux.FIRST_OF, flux.LAST_OF)
        oldest, newest = await asyncio.gather(
            *(self._rows(text, 0, _END_MS, host=host or "") for text in texts)
        )
        firsts = {(row["host"], row["_field"]): unix_ms(row["_time"]) for row in oldest}
        found = []
        for row in newest:
            names, last_ms = (row["host"], row["_field"]), unix_ms(row["_time"])
            first_ms = firsts.get(names, last_ms)
            found.append(Series(*names, first_ms, last_ms, float(row["_value"])))
        return sorted(found)

    async def delete(self, before_ms: int) -> int:
        """Deletes whole days; besides, the bucket forgets what is beyond its retention."""
        first_kept = before_ms // DAY_MS * DAY_MS
        if first_kept > 0:
            await self._delete(first_kept - 1)
        return first_kept

    async def forget(self, connection: Connection, hosts: Sequence[str]) -> None:
        """Deletes at once, one host after another: the server knows no "or" there."""
        await back_end.confirm(connection, back_end.INFLUXDB)
        for host in hosts:
            await self._delete(_END_MS, f" and host={quoted(host)}")

    async def _delete(self, last_ms: int, also: str = "") -> None:
        """All points of 1970 until then that the predicate is true of; both ends are included."""
        first, last = (datetime.fromtimestamp(ms / 1000, UTC) for ms in (0, last_ms))
        predicate = f'_measurement="{MEASUREMENT}"{also}'
        with translated(self._settings):
            await self._deletes.delete(first, last, predicate, self._bucket)

    async def everything(self) -> AsyncIterator[list[Point]]:
        """All points in the order of time; a window is counted before it is read as one answer."""
        series = await self.series()
        time_ms = min((one.first_ms for one in series), default=0)
        end_ms = max((one.last_ms for one in series), default=-1) + 1
        width = _FIRST_WINDOW_MS
        while time_ms < end_ms:
            while (count := await self._count(time_ms, time_ms + width)) > _PACK and width > 1:
                width //= 2
            if count:
                rows = await self._rows(flux.EVERYTHING, time_ms, time_ms + width)
                yield [moved(row) for row in rows]
            time_ms += width
            width = min(width * 2, DAY_MS)

    async def _count(self, from_ms: int, to_ms: int) -> int:
        rows = await self._rows(flux.HOW_MANY, from_ms, to_ms)
        return sum(int(row["_value"]) for row in rows)

    async def _rows(self, text: str, from_ms: int, to_ms: int, **places: Any) -> list[Any]:
        """The rows of an answer, by name of column; none when the range is empty."""
        from_ms, to_ms = max(from_ms, 0), min(to_ms, _END_MS)
        if from_ms >= to_ms:
            return []
        places |= {"bucket": self._bucket, "start": from_ms * 10**6, "stop": to_ms * 10**6}
        with translated(self._settings):
            answer = await self._queries.query_raw(text, dialect=flux.DIALECT, params=places)
        return list(rows_of(answer))


def _key(point: Point) -> _Key:
    return point.host, point.metric, point.time_ms
