"""The parts of the API alone: memory shared out, records shared, bodies cut, traces, decoders."""

import asyncio
import gzip
import zlib
from collections.abc import Callable, Sequence

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from api.budget import Budget
from api.cutting import BYTES, LINES, POINTS, cut_lines, cut_points
from api.decoding import DECODERS
from api.lanes import Lane
from api.problems import Problem
from api.tracing import trace_of
from schemas.errors import InvalidEvent, Unavailable
from schemas.metrics import MetricBatch
from tests.connectors.sources.support import until

MIB = 1024 * 1024


def test_a_budget_refuses_what_does_not_fit_and_gets_everything_back() -> None:
    budget = Budget(100)
    with budget.share("a") as first, budget.share("b") as second:
        first.take(50)
        with pytest.raises(Problem, match="this source"):
            first.take(1)
        second.take(50)
        with budget.share("c") as third, pytest.raises(Problem, match="too many bodies") as raised:
            third.take(1)
        assert raised.value.headers == {"Retry-After": "1"}
    assert (budget.free, budget.held) == (100, {})


class Carrying:
    """A broker whose acknowledgements the test gives."""

    def __init__(self) -> None:
        self.records: list[list[str]] = []
        self.answers: list[asyncio.Future[None]] = []

    async def __call__(self, pieces: Sequence[str]) -> None:
        self.records.append(list(pieces))
        self.answers.append(asyncio.get_running_loop().create_future())
        await self.answers[-1]


async def turns(count: int = 5) -> None:
    """Let tasks that can go on go on."""
    for _ in range(count):
        await asyncio.sleep(0)


async def test_a_lane_gathers_while_a_record_is_on_its_way() -> None:
    carrying = Carrying()
    lane = Lane(carrying, full=100)
    first = lane.put("a", 1)
    await turns()
    others = [lane.put("b", 1), lane.put("c", 1)]
    await turns()
    assert carrying.records == [["a"]]
    carrying.answers[0].set_result(None)
    await first
    await turns()
    assert carrying.records == [["a"], ["b", "c"]]
    assert not any(other.done() for other in others)
    carrying.answers[1].set_result(None)
    await asyncio.gather(*others)
    await turns()
    assert lane.idle


async def test_a_full_record_waits_for_nothing() -> None:
    carrying = Carrying()
    lane = Lane(carrying, full=100)
    for piece, size in (("a", 1), ("b", 60), ("c", 60), ("d", 100)):
        lane.put(piece, size)
    await turns()
    assert carrying.records == [["a"], ["b"], ["c"], ["d"]]


async def test_what_is_old_enough_waits_no_longer() -> None:
    carrying = Carrying()
    lane = Lane(carrying, full=100)
    lane.put("a", 1)
    lane.put("b", 1)
    await until(lambda: len(carrying.records) == 2)
    assert carrying.records == [["a"], ["b"]]


async def test_who_gave_up_and_what_failed_disturb_nobody_else() -> None:
    carrying = Carrying()
    lane = Lane(carrying, full=100)
    given_up, failed = lane.put("a", 1), lane.put("b", 1)
    given_up.cancel()
    await turns()
    carrying.answers[0].set_exception(Unavailable("Kafka"))
    await turns()
    carrying.answers[1].set_exception(Unavailable("Kafka"))
    with pytest.raises(Unavailable):
        await failed
    assert lane.idle


@given(st.lists(st.binary(max_size=20) | st.just(b"\tat x.y(Z.java:1)") | st.just(b"x" * 200_000)))
def test_lines_are_cut_without_loss_and_within_bounds(lines: list[bytes]) -> None:
    parts = list(cut_lines(lines))
    assert [line for part in parts for line in part] == lines
    assert all(part and sum(map(len, part)) <= 2 * BYTES for part in parts)


def test_a_part_ends_before_the_trace_that_it_could_hold() -> None:
    lines = [b"one"] * (LINES - 1) + [b"error"] + [b"\tat x.y(Z.java:1)"] * 20 + [b"two"] * 5
    assert [len(part) for part in cut_lines(lines)] == [LINES + 20, 5]
    endless = [b"\tat x.y(Z.java:1)"] * (3 * LINES)
    assert max(len(part) for part in cut_lines(endless)) < 2 * LINES


def test_points_are_cut() -> None:
    count = 2 * POINTS + 1
    whole = MetricBatch("s", ["h"] * count, ["m"] * count, list(range(count)), [1.0] * count)
    parts = list(cut_points(whole))
    assert [len(part.value) for part in parts] == [POINTS, POINTS, 1]
    assert [time for part in parts for time in part.time_ms] == whole.time_ms


TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def test_a_trace_goes_on_with_a_span_of_ours() -> None:
    trace = trace_of(f"00-{TRACE}-00f067aa0ba902b7-00")
    assert trace.id == TRACE
    version, identity, span, flags = trace.parent.split("-")
    assert (version, identity, flags) == ("00", TRACE, "00")
    assert span != "00f067aa0ba902b7"


@pytest.mark.parametrize(
    "said",
    [
        None,
        "",
        "nonsense",
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"ff-{TRACE}-00f067aa0ba902b7-01",
        f"00-{TRACE.upper()}-00f067aa0ba902b7-01",
    ],
)
def test_what_is_no_trace_begins_one(said: str | None) -> None:
    trace = trace_of(said)
    assert trace.id != TRACE
    assert trace.parent.startswith(f"00-{trace.id}-")
    assert len(trace.parent) == 55


def decoded(encoding: str, data: bytes, size: int) -> bytes:
    """`data` fed in pieces of `size`."""
    decoder = DECODERS[encoding]()
    found = [p for at in range(0, len(data), size) for p in decoder.feed(data[at : at + size])]
    return b"".join([*found, decoder.finish()])


COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}


@pytest.mark.parametrize("encoding", sorted(COMPRESS))
@given(data=st.binary(max_size=3000), size=st.integers(1, 5000), times=st.integers(1, 3))
def test_what_was_compressed_comes_back(encoding: str, data: bytes, size: int, times: int) -> None:
    members = 1 if encoding == "deflate" else times
    assert decoded(encoding, COMPRESS[encoding](data) * members, size) == data * members


@pytest.mark.parametrize("encoding", sorted(COMPRESS))
def test_a_bomb_comes_in_small_pieces(encoding: str) -> None:
    bomb = COMPRESS[encoding](b"\0" * (64 * MIB))
    pieces = DECODERS[encoding]().feed(bomb)
    largest = max(len(piece) for piece in pieces)
    assert largest <= 3 * MIB


@pytest.mark.parametrize("encoding", sorted(COMPRESS))
def test_damage_is_noticed(encoding: str) -> None:
    data = COMPRESS[encoding](bytes(range(256)) * 100)
    for damaged in (data[:-1], data[: len(data) // 2], b"nonsense", data + b"nonsense"):
        with pytest.raises(InvalidEvent):
            decoded(encoding, damaged, 1000)
