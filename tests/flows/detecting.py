"""What the metrics stages learnt and said, and the same rules where no process dies."""

from collections.abc import Sequence

from agents.detection.gauges import Gauges
from agents.detection.rates import Rates
from agents.engine.shards import Newest, Shards
from agents.measuring import read
from agents.parsing.record import Record
from connectors.kafka import topic_name
from connectors.topic_log import open_log
from schemas.logs import decode_entries
from schemas.settings import Settings
from schemas.signals import CLOCK, Signal
from schemas.topics import SIGNALS, Topic

_RETENTION_MS = 90 * 86_400_000

States = dict[bytes, bytes]


async def records(settings: Settings, topic: Topic) -> list[Record]:
    """Every record of a topic, each partition in its order."""
    async with open_log(settings, topic_name(settings, topic)) as log:
        return [
            Record(
                topic.name,
                partition,
                found.offset,
                found.timestamp,
                found.key,
                found.value or b"",
                list(found.headers),
            )
            for partition, (start, end) in (await log.bounds()).items()
            async for found in log.read(partition, start, end)
        ]


async def signals_of(settings: Settings) -> list[Record]:
    """The records of the topic `signals` without the minutes of the clock."""
    return [record for record in await records(settings, SIGNALS) if record.value != CLOCK]


async def said_signals(settings: Settings) -> dict[tuple[str, int], Signal]:
    """Every version of every signal once; what was said twice must have been the same."""
    found: dict[tuple[str, int], Signal] = {}
    for record in await signals_of(settings):
        signal = Signal.model_validate_json(record.value)
        assert found.setdefault((signal.id, signal.version), signal) == signal
    return found


async def kept_states(settings: Settings, topic: Topic) -> States:
    """The state of each shard as the newest checkpoint has it."""
    newest, shards = Newest(), Shards()
    for record in await records(settings, topic):
        newest.read(record.key or b"", record.value)
    shards.restore(newest.values)
    return {key: shards.state(key) or b"" for key in shards}


def gauges_of(found: Sequence[Record]) -> tuple[States, list[Signal]]:
    """What an undisturbed worker learns of these records of metrics.raw, and what it says."""
    gauges = Gauges()
    signals: list[Signal] = []
    keys: set[bytes] = set()
    for record in found:
        said, changed = gauges.judge(
            record.partition, [(record.offset, read(record, _RETENTION_MS))], _held_by_none
        )
        signals += said
        keys.update(changed)
    return {key: gauges.state(key) for key in keys}, signals


def rates_of(found: Sequence[Record]) -> tuple[States, list[Signal]]:
    """The same of records of log.entries; patterns are named by their uid."""
    rates = Rates(str)
    signals: list[Signal] = []
    keys: set[bytes] = set()
    for record in found:
        said, changed = rates.apply(
            record.partition, [(record.offset, decode_entries(record.value))], _held_by_none
        )
        signals += said
        keys.update(changed)
    return {key: rates.state(key) for key in keys}, signals


def _held_by_none(_key: bytes, _offset: int) -> bool:
    return False
