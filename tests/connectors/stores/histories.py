"""A fresh, empty history of either back end, and a short way to write and read it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from connectors.stores.history.choice import open_history
from connectors.stores.history.port import History
from connectors.stores.migrate import migrate
from connectors.stores.postgres import Pool, new_pool, transaction
from schemas.history import RAW, Aggregate, Point, Track, Written
from schemas.settings import Settings
from tests.stack import RunningStack

BACK_ENDS: Final = ("postgres", "influxdb")
HOUR: Final = 3_600_000


@dataclass
class Opened:
    """A history and the pool of its database."""

    history: History
    pool: Pool
    settings: Settings

    async def write(self, points: Sequence[Point]) -> Written:
        async with transaction(self.pool) as connection:
            return await self.history.write(connection, points)

    async def forget(self, hosts: Sequence[str]) -> None:
        async with transaction(self.pool) as connection:
            await self.history.forget(connection, hosts)

    async def read(
        self,
        from_ms: int,
        to_ms: int,
        step_ms: int = RAW,
        aggregate: Aggregate = "mean",
        names: tuple[str, str] = ("web-1", "cpu_usage"),
    ) -> dict[int, float]:
        track: Track = await self.history.query(*names, from_ms, to_ms, step_ms, aggregate)
        assert track.times_ms == sorted(set(track.times_ms))
        return dict(zip(track.times_ms, track.values, strict=True))


def settings_for(stack: RunningStack, back_end: str) -> Settings:
    """Migrated settings of a fresh database, and of a fresh bucket; skips where there is none."""
    settings = stack.settings() if back_end == "postgres" else stack.influx_settings()
    migrate(settings.database_url.get_secret_value())
    return settings


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Opened]:
    async with new_pool(settings) as pool, open_history(settings, pool) as history:
        yield Opened(history, pool, settings)


def point(
    time_ms: int,
    value: float,
    place: tuple[int, int, int] = (0, 0, 0),
    host: str = "web-1",
    metric: str = "cpu_usage",
) -> Point:
    return Point(host, metric, time_ms, value, *place)
