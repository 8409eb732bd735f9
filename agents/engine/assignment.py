"""What a worker sets up when a partition comes to it: epoch, place in the chain, a fresh state."""

import structlog
from faust.types import TP

from agents.app import ForeshockApp
from agents.engine.attempts import Attempts
from agents.engine.epoch import choose_epoch
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
        self.states: dict[TP, PartitionState] = {}
        self.miners: dict[TP, Miner] = {}

    def begin(self, generation: int) -> bool:
        """True when a new generation began: everything in flight will be delivered again."""
        if generation == self._generation:
            return False
        self._generation = generation
        self.states.clear()
        self._starts.clear()
        self._attempts.reload()
        return True

    def start(self, tp: TP) -> int:
        """The first offset of the partition's epoch; what is below was applied before."""
        return self._starts[tp]

    async def open(self, tp: TP, known: list[Pattern | PatternAlias]) -> PartitionState:
        """The state for a partition that came to us; its chain goes on at the committed offset."""
        opened, reason = await patiently(
            lambda: choose_epoch(self._settings, self._app.pool, tp.topic, tp.partition)
        )
        committed = self._app.exact_consumer.committed_offset(tp)
        earliest = (await self._app.exact_consumer.earliest_offsets(tp))[tp]
        if reason:
            _log.error("epoch_opened", tp=str(tp), epoch=opened.epoch, reason=reason)
            self._app.exact_consumer.forget_committed(tp)
            committed = None
        begin = opened.start if committed is None else committed
        prev = begin - 1 if committed is not None else max(begin, earliest) - 1
        state = PartitionState(opened.epoch, prev, self._miner(tp, known))
        self.states[tp] = state
        self._starts[tp] = opened.start
        _log.info("partition_opened", tp=str(tp), epoch=opened.epoch, prev_offset=prev)
        return state

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
