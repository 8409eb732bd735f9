"""What the parse stage sets up when a partition comes to it: place in the chain, fresh state."""

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
        return PartitionState(epoch, prev_offset, miner)

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
