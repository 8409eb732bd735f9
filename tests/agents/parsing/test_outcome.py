"""Records decided together come out as if each had been alone."""

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from agents.parsing.outcome import Outcome, decide, decide_all
from agents.parsing.record import Record
from agents.parsing.separating import DeadLine
from agents.parsing.state import PartitionState
from schemas.headers import LINES, SCHEMA, Headers
from schemas.logs import LOG_BATCH, Entry, LogBatch, encode_batch
from schemas.patterns import Pattern

_ARRIVAL = 1_700_000_000_000
_LINES = st.sampled_from(
    (
        b"request 17 took 3 ms",
        b"2023-11-14T22:13:20Z web-1 sshd[12]: Accepted publickey for root from 10.0.0.1",
        b"<34>Nov 14 22:13:20 db su: 'su root' failed for ann on /dev/pts/8",
        b'{"msg": "disk full", "level": "error", "host": "h-3"}',
        b"level=info msg=started service=api",
        b"java.lang.IllegalStateException: broken",
        b"\tat com.acme.Shop.buy(Shop.java:17)",
        b"",
        b"\xff\xfe no text",
        "ünïcode \u2028 and \x0b".encode(),
    )
)


@st.composite
def _values(draw: st.DrawFn) -> tuple[bytes, Headers]:
    lines = draw(st.lists(_LINES, max_size=5))
    if draw(st.booleans()):
        found: Headers = [(SCHEMA, LOG_BATCH), (LINES, str(len(lines)).encode())]
        return encode_batch(LogBatch(draw(st.sampled_from(("a", "b"))), lines)), found
    if draw(st.integers(0, 9)) == 0:
        return b"\x93broken", [(SCHEMA, LOG_BATCH)]
    return b"\n".join(lines), []


def _records(values: list[tuple[bytes, Headers]]) -> list[Record]:
    return [
        Record("logs.raw", 0, offset, _ARRIVAL + offset // 3, b"key-%d" % (offset % 2), *value)
        for offset, value in enumerate(values)
    ]


def _told(outcomes: list[Outcome]) -> list[tuple[Entry, list[DeadLine]]]:
    """All but what the first of a group tells for all: what the miner learned."""
    return [(structs.replace(o.entry, births=[], aliases=[]), o.dead) for o in outcomes]


def _learned(outcomes: list[Outcome]) -> set[str]:
    return {change.model_dump_json() for o in outcomes for change in o.changes}


def _born(outcomes: list[Outcome]) -> set[str]:
    return {birth.uid for o in outcomes for birth in o.entry.births}


@settings(max_examples=60)
@given(st.lists(_values(), min_size=1, max_size=12), st.integers(1, 12))
def test_together_is_as_alone(values: list[tuple[bytes, Headers]], size: int) -> None:
    records = _records(values)
    alone, together = PartitionState(0, -1), PartitionState(0, -1)
    # What a line is mined as may hang on what was mined before, so both have seen all lines once.
    for state in (alone, together):
        decide_all(records, state)
        state.prev_offset = -1
    one_by_one = [decide(record, alone) for record in records]
    in_groups = [
        outcome
        for first in range(0, len(records), size)
        for outcome in decide_all(records[first : first + size], together)
    ]
    assert _told(in_groups) == _told(one_by_one)
    assert together.prev_offset == len(records) - 1


@settings(max_examples=40)
@given(st.lists(_values(), min_size=1, max_size=12))
def test_every_pattern_is_born_and_published_with_its_group(
    values: list[tuple[bytes, Headers]],
) -> None:
    alone, together = PartitionState(0, -1), PartitionState(0, -1)
    one_by_one = [decide(record, alone) for record in _records(values)]
    in_one_group = decide_all(_records(values), together)
    used = {uid for o in in_one_group for uid in o.entry.counts.uid}
    assert used <= _born(in_one_group)
    for outcome in in_one_group:
        unheard_of = {change.uid for change in outcome.changes if isinstance(change, Pattern)}
        assert unheard_of <= {birth.uid for birth in outcome.entry.births}
    samples = {birth.uid: place for place, o in enumerate(in_one_group) for birth in o.entry.births}
    for place, outcome in enumerate(in_one_group):
        assert all(samples[uid] <= place for uid in outcome.entry.counts.uid)
    assert len(_born(in_one_group)) == len(_born(one_by_one))
    assert len(_learned(in_one_group)) <= len(_learned(one_by_one))


def test_lines_without_number_that_are_no_text_make_few_letters() -> None:
    lines = [b"good"] + [b"\xff%d" % number for number in range(5_000)] + [b"x" * (2**20 + 1)]
    batch = encode_batch(LogBatch("a", lines))
    record = Record("logs.raw", 0, 0, _ARRIVAL, b"a", batch, [(SCHEMA, LOG_BATCH)])
    outcome = decide(record, PartitionState(1, -1))
    assert outcome.entry.parsed == 1
    assert outcome.entry.dead == sum(dead.lines for dead in outcome.dead) == 5_001
    assert len(outcome.dead) < 5
    told = [line for dead in outcome.dead for line in dead.value.split(b"\n")]
    assert told == lines[1:]
