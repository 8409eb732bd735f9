"""What a worker sets up when a partition comes to it: epoch, place in the chain, a fresh state."""

from collections.abc import Mapping

import structlog
from faust.types import TP

from agents.app import ForeshockApp
from agents.engine.attempts import Attempts
from agents.engine.epoch import choose_epochs
from agents.engine.loop import patiently
from agents.parsing.miner import Miner, new_miner
from agents.parsing.state import PartitionState
from schemas.logs import Counts, Entry, Places
from schemas.patterns import Pattern, PatternAlias
from schemas.settings import Settings

_log = structlog.get_logger()


class Assignments:
    """States by partition, valid for one generation of the consumer group."""

    def __init__(self, app: ForeshockApp, settings: Settings, attempts: Attempts) -> None:
        self._app = app
        self._settings = settings
        self._attempts = attempts
        self._generation = -1
        self._starts: dict[TP, int] = {}
        self._resumed: dict[TP, int] = {}
        self.states: dict[TP, PartitionState] = {}
        self.miners: dict[TP, Miner] = {}

    def begin(self, generation: int) -> bool:
        """True when a new generation began: everything in flight will be delivered again."""
        if generation == self._generation:
            return False
        self._generation = generation
        self.states.clear()
        self._starts.clear()
        self._resumed.clear()
        self._attempts.reload()
        return True

    def start(self, tp: TP) -> int:
        """The first offset of the partition's epoch; what is below was applied before."""
        return self._starts[tp]

    def settled(self, newest: Mapping[TP, int]) -> dict[TP, tuple[int, int]]:
        """(epoch, offset) of each partition that is ours: the entries of all records below the
        offset, be they ours or an earlier worker's, are acknowledged.

        `newest` are the epochs that have rows; a partition that works in another is left out. One
        that is not open yet stands where it was committed.
        """
        consumer = self._app.exact_consumer
        found = {}
        for tp, epoch in newest.items():
            if tp not in consumer.assignment() or self._epoch(tp, epoch) != epoch:
                continue
            offset = consumer.settled_offset(tp) or self._resumed.get(tp)
            if offset := offset or consumer.committed_offset(tp):
                found[tp] = (epoch, offset)
        return found

    def _epoch(self, tp: TP, unopened: int) -> int:
        state = self.states.get(tp)
        return state.epoch if state else unopened

    async def open(self, topic: str, known: list[Pattern | PatternAlias]) -> None:
        """States for every partition of the topic that is ours; each chain goes on where it was.

        All at once: what has to be asked of the broker and of Postgres is asked in one go.
        """
        consumer = self._app.exact_consumer
        tps = sorted(tp for tp in consumer.assignment() if tp.topic == topic)
        chosen = await patiently(
            lambda: choose_epochs(
                self._settings, self._app.pool, topic, [tp.partition for tp in tps]
            )
        )
        earliest = await consumer.earliest_offsets(*tps)
        for tp in tps:
            opened, reason = chosen[tp.partition]
            if reason:
                _log.error("epoch_opened", tp=str(tp), epoch=opened.epoch, reason=reason)
                consumer.forget_committed(tp)
            committed = None if reason else consumer.committed_offset(tp)
            prev = max(opened.start, earliest[tp]) - 1 if committed is None else committed - 1
            self.states[tp] = PartitionState(opened.epoch, prev, self._miner(tp, known))
            self._starts[tp] = opened.start
            self._resumed[tp] = prev + 1
            _log.info("partition_opened", tp=str(tp), epoch=opened.epoch, prev_offset=prev)

    def _miner(self, tp: TP, known: list[Pattern | PatternAlias]) -> Miner:
        """Miners outlive a generation: to teach one anew at each rebalance would take seconds."""
        miner = self.miners.get(tp)
        if miner is None:
            miner = self.miners[tp] = new_miner()
            for change in known:
                miner.learn(change)
        return miner

    async def expired(self, tp: TP, state: PartitionState, offset: int) -> Entry | None:
        """An Entry for records that retention deleted before we came to them; None: none were.

        A hole in the offsets alone says nothing: transactions leave such holes.
        """
        first_missing = state.prev_offset + 1
        if offset <= first_missing:
            return None
        earliest = (await self._app.exact_consumer.earliest_offsets(tp))[tp]
        if earliest <= first_missing:
            return None
        last_missing = min(earliest, offset) - 1
        _log.error("records_expired", tp=str(tp), first=first_missing, last=last_missing)
        gap = Entry(
            epoch=state.epoch,
            topic=tp.topic,
            partition=tp.partition,
            offset=last_missing,
            prev_offset=state.prev_offset,
            arrival=0,
            source="",
            lines=0,
            parsed=0,
            dead=0,
            events=0,
            counts=Counts([], [], [], [], []),
            places=Places([], [], [], [], []),
            sightings=[],
            births=[],
            aliases=[],
            expired=True,
        )
        state.prev_offset = last_missing
        return gap
