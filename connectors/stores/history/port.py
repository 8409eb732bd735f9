"""The port of metric history; one contract test holds for everything behind it."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from connectors.stores.postgres import Connection
from schemas.history import RAW, Aggregate, Point, Series, Track, Written


class History(Protocol):
    """Where metric points are kept. Each method raises Unavailable for what may pass."""

    async def write(self, connection: Connection, points: Sequence[Point]) -> Written:
        """Keep points; doing it again changes nothing.

        `connection` is in the caller's open transaction. A back end in Postgres writes in it; one
        elsewhere writes at once, so that the points are there before the caller commits. Points
        that can never be kept come back as rejected; the others are kept all the same.
        """
        ...

    async def bring(self, connection: Connection, points: Sequence[Point]) -> Written:
        """As `write`, for the one who moves the history and holds the record of its back end."""
        ...

    async def query(
        self,
        host: str,
        metric: str,
        from_ms: int,
        to_ms: int,
        step_ms: int = RAW,
        aggregate: Aggregate = "mean",
    ) -> Track:
        """The points of [from_ms, to_ms), or with a step one value for each interval that has any.

        Intervals begin at the multiples of `step_ms`; only points within the range count. With
        RAW the aggregate means nothing. A series that is not there gives an empty track.
        """
        ...

    async def series(self, host: str | None = None) -> list[Series]:
        """Every series that has points, of one host or of all, sorted by host and metric."""
        ...

    async def delete(self, before_ms: int) -> int:
        """Forget what is older, in whole days (UTC); returns the time from which all is kept."""
        ...

    async def forget(self, connection: Connection, hosts: Sequence[str]) -> None:
        """Delete every point of these hosts, as `write` writes; other hosts are not touched.

        The caller sees to it that nobody writes points of theirs meanwhile.
        """
        ...

    def everything(self) -> AsyncIterator[list[Point]]:
        """All points, in packs that fit in memory."""
        ...
