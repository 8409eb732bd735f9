"""Where each partition's chain of records goes on: its epoch, and the record before the next.

One for a stage that reads a raw topic. What is here is valid for one generation of the consumer
group: after a rebalance records come again, from the committed offset.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import structlog
from faust.types import TP

from agents.app import ForeshockApp
from agents.engine.ending import die
from agents.engine.epoch import choose_epochs
from agents.engine.loop import patiently
from schemas.errors import ForeshockError
from schemas.settings import Settings

_log = structlog.get_logger()


class LogReplaced(ForeshockError):
    """Offsets that were committed mean other records now."""


class Placed(Protocol):
    """What a stage knows of a partition has at least its place."""

    epoch: int
    prev_offset: int


@dataclass
class Place:
    """The least that can be known: the epoch, and the offset of the last record decided."""

    epoch: int
    prev_offset: int


P = TypeVar("P", bound=Placed)


class Chains(Generic[P]):
    """Places by partition. `new_place` makes one of (partition, epoch, prev_offset); `resumed` is
    the offset that each partition went on from.
    """

    def __init__(
        self, app: ForeshockApp, settings: Settings, new_place: Callable[[TP, int, int], P]
    ) -> None:
        self._app = app
        self._settings = settings
        self._new_place = new_place
        self._starts: dict[TP, int] = {}
        self.generation = -1
        self.places: dict[TP, P] = {}
        self.resumed: dict[TP, int] = {}

    def begin(self, generation: int) -> bool:
        """True when a new generation began: everything in flight will be delivered again."""
        if generation == self.generation:
            return False
        self.generation = generation
        self.places.clear()
        self._starts.clear()
        self.resumed.clear()
        return True

    def start(self, tp: TP) -> int:
        """The first offset of the partition's epoch; what is below was applied before."""
        return self._starts[tp]

    async def open(self, topic: str) -> None:
        """Places for every partition of the topic that is ours; each chain goes on where it was.

        All at once: what has to be asked of the broker and of Postgres is asked in one go.
        """
        consumer = self._app.exact_consumer
        tps = sorted(tp for tp in consumer.assignment() if tp.topic == topic)
        chosen = await patiently(
            lambda: choose_epochs(
                self._settings, self._app.pool, topic, [tp.partition for tp in tps]
            )
        )
        await self._read_anew(
            {
                tp: opened.start
                for tp in tps
                for opened, reason in (chosen[tp.partition],)
                if reason and (consumer.committed_offset(tp) or 0) > opened.start
            }
        )
        earliest = await consumer.earliest_offsets(*tps)
        for tp in tps:
            opened, reason = chosen[tp.partition]
            if reason:
                _log.error("epoch_opened", tp=str(tp), epoch=opened.epoch, reason=reason)
                consumer.forget_committed(tp)
            committed = None if reason else consumer.committed_offset(tp)
            prev = max(opened.start, earliest[tp]) - 1 if committed is None else committed - 1
            self.places[tp] = self._new_place(tp, opened.epoch, prev)
            self._starts[tp] = opened.start
            self.resumed[tp] = prev + 1
            _log.info("partition_opened", tp=str(tp), epoch=opened.epoch, prev_offset=prev)

    async def _read_anew(self, starts: dict[TP, int]) -> None:
        """A log that was replaced while we read it may already be longer than the one before: what
        was committed would skip its beginning. The fetch begins there in the next process.
        """
        if starts:
            await self._app.exact_consumer.rewind(starts)
            again = ", ".join(f"{tp.topic}-{tp.partition} from {at}" for tp, at in starts.items())
            die("log_replaced", LogReplaced(f"reading again: {again}"))

    async def expired(self, tp: TP, offset: int) -> int | None:
        """The last of the records before `offset` that retention deleted before we came to them;
        None: none were.

        A hole in the offsets alone says nothing: transactions leave such holes.
        """
        first_missing = self.places[tp].prev_offset + 1
        if offset <= first_missing:
            return None
        earliest = (await self._app.exact_consumer.earliest_offsets(tp))[tp]
        if earliest <= first_missing:
            return None
        last_missing = min(earliest, offset) - 1
        _log.error("records_expired", tp=str(tp), first=first_missing, last=last_missing)
        return last_missing
