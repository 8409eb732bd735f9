"""Writes changed shards to a Faust table's changelog, and settles inputs only after that.

The order is outputs acknowledged, checkpoint acknowledged, inputs settled: what is committed is
never beyond the durable checkpoint. The changelog topic is made by us, compact only.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from faust.types import TP

from agents.app import ForeshockApp
from agents.engine.shards import Shards

_EVERY_SECONDS = 1.0


class Checkpoint:
    """Shards of one stage. `partition_of` says in which changelog partition a shard lives."""

    def __init__(self, app: ForeshockApp, name: str, partitions: int) -> None:
        self._app = app
        self.shards = Shards()
        self._waiting: list[tuple[TP, int]] = []
        self.table: Any = app.Table(
            name,
            key_type=bytes,
            value_type=bytes,
            partitions=partitions,
            recovery_buffer_size=1,
            on_recover=self._restore,
        )
        app.task(self._write_forever)

    async def _restore(self) -> None:
        self._waiting.clear()
        self.shards.restore(dict(self.table.data))

    def settle_later(self, done: Sequence[tuple[TP, int]]) -> None:
        """Records whose outputs are acknowledged; the next checkpoint settles them."""
        self._waiting += done

    async def write(self) -> None:
        """One checkpoint: changed shards, acknowledged, then the inputs they contain."""
        waiting, self._waiting = self._waiting, []
        changed = self.shards.changed()
        self.shards.written(changed)
        sent = [
            self.table.send_changelog(self._partition(key), key, value)
            for key, value in changed.items()
        ]
        await asyncio.gather(*sent)
        for key, value in changed.items():
            self.table.data[key] = value
        for tp, offset in waiting:
            self._app.exact_consumer.settle(tp, offset)

    def _partition(self, key: bytes) -> int:
        """A shard's key begins with the number of its partition, e.g. b"3/cpu"."""
        return int(key.partition(b"/")[0])

    async def _write_forever(self) -> None:
        while not self._app.should_stop:
            await asyncio.sleep(_EVERY_SECONDS)
            await self.write()
