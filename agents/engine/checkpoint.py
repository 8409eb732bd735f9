"""Writes changed shards to a Faust table's changelog, and settles inputs only after that.

The order is outputs acknowledged, checkpoint acknowledged, inputs settled: what is committed is
never beyond the durable checkpoint, and no checkpoint holds a record whose outputs could be lost.
The changelog topic is declared in schemas/topics.py, compact only.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

import structlog
from faust.types import TP, EventT

from agents.app import ForeshockApp
from agents.engine.loop import or_die
from agents.engine.shards import Newest, Shards
from agents.engine.window import Window

_EVERY_SECONDS = 1.0
_PARTITION_BITS = 20

_log = structlog.get_logger()


class Checkpoint:
    """Shards of one stage; a shard's key begins with the number of its partition, e.g. b"3/cpu".

    `topic` is the one that the stage reads: shards know places in its partitions. Where it reads
    others `beside` it, `place` says which number stands for a partition of which topic.
    A stage with outputs sends them through `window` first and then puts the shards' new states:
    a checkpoint waits until what was sent before it is acknowledged. A stage whose states are made
    only when they are written holds `lock` from their change until all is sent and put. `restored`
    is called when the shards have become those of the last checkpoint.
    """

    def __init__(
        self,
        app: ForeshockApp,
        name: str,
        partitions: int,
        topic: str,
        window: Window | None = None,
        restored: Callable[[], None] = lambda: None,
        beside: Sequence[str] = (),
    ) -> None:
        self._app = app
        self._topics = [topic, *beside]
        self.starts: dict[TP, int] = {}  # of the inputs' logs, when they were taken over
        self.ends: dict[TP, int] = {}  # likewise
        self._window = window
        self._restored = restored
        self.shards = Shards()
        self._newest = Newest()
        self.lock = asyncio.Lock()
        self._writing = asyncio.Lock()
        self._open = False
        self._waiting: list[tuple[TP, int]] = []
        self.table: Any = app.Table(
            name,
            key_type=bytes,
            value_type=bytes,
            partitions=partitions,
            recovery_buffer_size=1,
            on_changelog_event=self._read,
            on_recover=self._restore,
        )
        app.task(self._write_forever)
        app.before_revoke.append(self._hand_over)

    async def _read(self, event: EventT[Any]) -> None:
        """A record of the changelog. Errors end the process here and below: Faust drops them."""
        message = cast(Any, event.message)
        await or_die("changelog_unreadable", self._learn(message.key, message.value))

    async def _learn(self, key: bytes, value: bytes) -> None:
        self._newest.read(key, value)

    async def _restore(self) -> None:
        await or_die("restore_failed", self._take_over())

    async def _take_over(self) -> None:
        """The shards become those of the last checkpoint of the partitions that are ours now."""
        self._waiting.clear()
        assigned = self._app.exact_consumer.assignment()
        ours = {tp.partition for tp in assigned}
        kept = {k: v for k, v in self._newest.values.items() if self._partition(k) in ours}
        # The generation rises with each take-over; but one of a group made anew begins at 1.
        self.shards.term = max(self._app.consumer_generation_id, self._newest.term + 1)
        self.shards.restore(kept)
        inputs = [tp for tp in assigned if tp.topic in self._topics]
        if inputs:
            self.starts = dict(await self._app.exact_consumer.earliest_offsets(*inputs))
            self.ends = dict(await self._app.exact_consumer.highwaters(*inputs))
        anew = self.shards.begin_anew({self.place(tp): end for tp, end in self.ends.items()})
        if anew:
            _log.error(
                "input_began_anew",
                partitions=[
                    f"{tp.topic}-{tp.partition}" for tp in inputs if self.place(tp) in anew
                ],
                detail="the log ends before what was read of it; what was learnt is kept,"
                " and all that is in the log now is new",
            )
        self._open = True
        self._restored()

    def place(self, tp: TP) -> int:
        """What shards know a partition of an input by; of the first topic its own number."""
        return self._topics.index(tp.topic) << _PARTITION_BITS | tp.partition

    async def write_ahead(self, key: bytes, state: bytes) -> None:
        """One shard that belongs to no record, acknowledged when this returns."""
        value = self.shards.put_apart(key, state)
        await (await self._send(key, value))
        self._newest.read(key, value)

    def settle_later(self, done: Sequence[tuple[TP, int]]) -> None:
        """Records whose outputs were sent and whose states were put; a checkpoint settles them."""
        self._waiting += done

    async def write(self) -> None:
        """One checkpoint: changed shards, acknowledged, then the inputs they contain."""
        async with self._writing:
            if not self._open:
                return
            async with self.lock:
                waiting, self._waiting = self._waiting, []
                changed = self.shards.changed()
                self.shards.written(changed)
            if self._window:
                await self._window.acknowledged()
            await asyncio.gather(*[await self._send(k, value) for k, value in changed.items()])
            for key, value in changed.items():
                self._newest.read(key, value)
            for tp, offset in waiting:
                self._app.exact_consumer.settle(tp, offset)

    async def _hand_over(self) -> None:
        """Partitions go: whoever gets them shall find all, and nothing of ours shall follow."""
        await self.write()
        async with self._writing:
            self._open = False

    async def _send(self, key: bytes, value: bytes) -> Awaitable[Any]:
        """Buffers one shard; what comes back is awaited for its acknowledgement.

        Not `send_changelog`: its buffer holds back the consumer too, and takes seconds for a
        thousand shards.
        """
        topic = self.table.changelog_topic.get_topic_name()
        return cast(
            Awaitable[Any],
            await self._app.producer.send(
                topic, key, value, self._partition(key), None, cast(Any, [])
            ),
        )

    def _partition(self, key: bytes) -> int:
        return int(key.partition(b"/")[0])

    async def _write_forever(self) -> None:
        while not self._app.should_stop:
            await asyncio.sleep(_EVERY_SECONDS)
            await or_die("checkpoint_failed", self.write())
