"""Portions of an upload to the broker, each with the name of its range; patient with the broker."""

import asyncio
import time
from collections.abc import Sequence
from typing import Final

from connectors.outlet import Outlet
from connectors.publish import batch_headers
from connectors.sources.cutting import Portion
from connectors.stores.uploads import Upload
from schemas.errors import Unavailable
from schemas.logs import LogBatch

_TOGETHER: Final = 8  # of the 64 records that a process has in flight
_PATIENCE_SECONDS: Final = 30.0
_PAUSE_SECONDS: Final = 0.5


class Delivery:
    """Of one upload. What is sent twice has the same range, and counts once."""

    def __init__(self, outlet: Outlet, upload: Upload, ack_seconds: float) -> None:
        self._outlet = outlet
        self._upload = upload
        self._ack_seconds = ack_seconds

    def range_of(self, portion: Portion) -> str:
        """What of the file it is; unique for ever."""
        return f"upload:{self._upload.id}:{portion.start}-{portion.end}"

    def _batch(self, lines: list[bytes]) -> LogBatch:
        upload = self._upload
        return LogBatch(upload.source, lines, imported=True, timezone=upload.timezone)

    async def send(self, portions: Sequence[Portion]) -> None:
        """Returns when the broker has acknowledged all; waits for a broker that is away.

        Raises Unavailable when it is away for longer than half a minute.
        """
        left = list(portions)
        until = time.monotonic() + _PATIENCE_SECONDS
        while left:
            error = await self._try(left[:_TOGETHER])
            if error is None:
                del left[:_TOGETHER]
                until = time.monotonic() + _PATIENCE_SECONDS
            elif time.monotonic() > until:
                raise error
            else:
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _try(self, portions: Sequence[Portion]) -> Unavailable | None:
        """None when all are acknowledged."""
        try:
            publisher = self._outlet.publisher
        except Unavailable as error:
            return error
        try:
            tasks = []
            for portion in portions:
                batch = self._batch(portion.lines)
                headers = batch_headers(batch, self.range_of(portion))
                tasks.append(await publisher.send(batch, headers))
            done, late = await asyncio.wait(tasks, timeout=self._ack_seconds)
            for task in done:
                task.result()
            if late:
                raise Unavailable("Kafka", "no acknowledgement in time")
        except Unavailable as error:
            self._outlet.failed(publisher, error)
            return error
        return None
