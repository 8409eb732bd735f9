"""History in Postgres."""

from collections.abc import AsyncIterator, Sequence

from connectors.stores.postgres import Connection, Pool
from schemas.history import RAW, Aggregate, Point, Series, Track, Written


class PostgresHistory:
    """The port `History` over the tables of metric points."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def write(self, connection: Connection, points: Sequence[Point]) -> Written:
        raise NotImplementedError

    async def query(
        self,
        host: str,
        metric: str,
        from_ms: int,
        to_ms: int,
        step_ms: int = RAW,
        aggregate: Aggregate = "mean",
    ) -> Track:
        raise NotImplementedError

    async def series(self, host: str | None = None) -> list[Series]:
        raise NotImplementedError

    async def delete(self, before_ms: int) -> int:
        raise NotImplementedError

    def everything(self) -> AsyncIterator[list[Point]]:
        raise NotImplementedError
