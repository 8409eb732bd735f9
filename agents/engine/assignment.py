"""What the parse stage sets up when a partition comes to it: place in the chain, fresh state."""

from collections.abc import Mapping

from faust.types import TP

from agents.app import ForeshockApp
from agents.engine.attempts import Attempts
from agents.engine.chains import Chains
from agents.parsing.miner import Miner, new_miner
from agents.parsing.state import PartitionState
from schemas.logs import Counts, Entry, Places
from schemas.patterns import Pattern, PatternAlias
from schemas.settings import Settings


class Assignments:
    """States by partition, valid for one generation of the consumer group."""

    def __init__(self, app: ForeshockApp, settings: Settings, attempts: Attempts) -> None:
        self._app = app
        self._timezone = settings.log_timezone
        self._attempts = attempts
        self._known: list[Pattern | PatternAlias] = []
        self._chains = Chains(app, settings, self._new_state)
        self.states = self._chains.places
        self.miners: dict[TP, Miner] = {}

    def begin(self, generation: int) -> bool:
        """True when a new generation began: everything in flight will be delivered again."""
        if not self._chains.begin(generation):
            return False
        self._attempts.reload()
        return True

    def start(self, tp: TP) -> int:
        """The first offset of the partition's epoch; what is below was applied before."""
        return self._chains.start(tp)

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
            offset = consumer.settled_offset(tp) or self._chains.resumed.get(tp)
            if offset := offset or consumer.committed_offset(tp):
                found[tp] = (epoch, offset)
        return found

    def _epoch(self, tp: TP, unopened: int) -> int:
        state = self.states.get(tp)
        return state.epoch if state else unopened

    async def open(self, topic: str, known: list[Pattern | PatternAlias]) -> None:
        """States for every partition of the topic that is ours; each chain goes on where it was."""
        self._known = known
        await self._chains.open(topic)

    def _new_state(self, tp: TP, epoch: int, prev_offset: int) -> PartitionState:
        """Miners outlive a generation: to teach one anew at each rebalance would take seconds."""
        miner = self.miners.get(tp)
        if miner is None:
            miner = self.miners[tp] = new_miner()
            for change in self._known:
                miner.learn(change)
        return PartitionState(epoch, prev_offset, miner, self._timezone)

    async def expired(self, tp: TP, state: PartitionState, offset: int) -> Entry | None:
        """An Entry for records that retention deleted before we came to them; None: none were."""
        last_missing = await self._chains.expired(tp, offset)
        if last_missing is None:
            return None
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
