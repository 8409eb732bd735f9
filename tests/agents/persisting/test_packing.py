"""Packed rows keep the chain and every sum; what is wrong or unlike is left alone."""

from hypothesis import given
from hypothesis import strategies as st

from agents.persisting.packing import runs
from schemas.batches import Packable


def row(offset: int, *, lines: int = 1, prev: int | None = None, sound: bool = True) -> Packable:
    before = offset - 1 if prev is None else prev
    return Packable(offset, before, 1, 1_000, (lines, lines, 0, 0, lines), sound)


@given(
    st.lists(st.tuples(st.integers(1, 400), st.booleans(), st.booleans()), max_size=60),
    st.integers(0, 60),
)
def test_runs_are_disjoint_neighbours_in_order(
    shape: list[tuple[int, bool, bool]], log_start: int
) -> None:
    rows, last = [], -1
    for lines, hole, sound in shape:
        offset = last + (5 if hole else 1)
        rows.append(row(offset, lines=lines, prev=offset - 2 if hole else last, sound=sound))
        last = offset
    packed = [member for run in runs(rows, log_start) for member in run.rows]
    assert packed == [member for member in rows if member in packed]
    for run in runs(rows, log_start):
        assert all(b.prev_offset == a.offset for a, b in zip(run.rows, run.rows[1:], strict=False))
        assert all(member.sound for member in run.rows)
        if run.rows[-1].offset >= log_start:
            assert sum(member.size for member in run.rows) <= 1_000


def test_one_line_records_become_batches() -> None:
    found = runs([row(offset) for offset in range(2_500)], log_start=0)
    assert [len(run.rows) for run in found] == [1_000, 1_000, 500]


def test_full_batches_stay_until_the_log_has_lost_them() -> None:
    rows = [row(offset, lines=1_000) for offset in range(10)]
    assert runs(rows, log_start=0) == []
    assert [len(run.rows) for run in runs(rows, log_start=6)] == [6]
