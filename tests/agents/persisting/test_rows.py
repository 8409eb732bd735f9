"""Which entries are applied, and what their counts add up to."""

from hypothesis import given
from hypothesis import strategies as st

from agents.persisting.folding import aliases, births, fold
from agents.persisting.rows import as_row, chain_of, firsts, holes, unapplied
from schemas.counts import HourKey, MinuteKey
from schemas.logs import Birth, Counts, Entry, Places, Sighting


def entry(offset: int, *, partition: int = 0, prev: int | None = None, lines: int = 2) -> Entry:
    return Entry(
        epoch=1,
        topic="logs.raw",
        partition=partition,
        offset=offset,
        prev_offset=offset - 1 if prev is None else prev,
        arrival=1_000,
        source="s",
        lines=lines,
        parsed=lines,
        dead=0,
        events=lines,
        counts=Counts(["u"], [3], [7], [lines], [lines]),
        places=Places(["u"], ["h"], ["svc"], [0], [lines]),
        sightings=[Sighting("u", 0, offset, offset + 10)],
        births=[Birth("u", "t", "sample")],
        aliases=[("u", "v")],
    )


def test_what_lies_at_or_below_the_frontier_is_applied_already() -> None:
    entries = [entry(4), entry(5), entry(6)]
    assert [e.offset for e in unapplied(entries, {chain_of(entries[0]): 5})] == [6]


def test_of_two_entries_for_a_record_the_first_wins() -> None:
    first, second = entry(4, lines=1), entry(4, lines=9)
    assert unapplied([first, second], {chain_of(first): -1}) == [first]


def test_a_chain_begins_where_its_first_entry_says() -> None:
    assert firsts([entry(7, prev=3), entry(8)]) == {chain_of(entry(7)): 4}


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 9)), max_size=30))
def test_sums_are_the_same_by_minute_and_by_place(batches: list[tuple[int, int]]) -> None:
    entries = [entry(i, partition=p, lines=n) for i, (p, n) in enumerate(batches)]
    folded = fold(entries)
    total = sum(n for _, n in batches)
    assert sum(lines for lines, _ in folded.minutes.values()) == total
    assert sum(folded.hours.values()) == total
    assert sum(as_row(e).parsed for e in entries) == total


def test_one_row_for_many_entries() -> None:
    folded = fold([entry(1), entry(2), entry(3)])
    assert folded.minutes == {MinuteKey("s", "u", 3, 7): (6, 6)}
    assert folded.hours == {HourKey("s", "u", "h", "svc", 0): 6}
    sighted = folded.sightings["s", "u"]
    assert (sighted.first_seen, sighted.last_seen, sighted.offset) == (1, 13, 3)
    assert births([entry(1)]) == {"u": ("t", "sample")}
    assert aliases([entry(1), entry(2)]) == {("u", "v")}


def test_holes_are_what_no_row_covers() -> None:
    assert holes(4, 9, []) == [(4, 9)]
    assert holes(4, 9, [(4, 9)]) == []
    assert holes(4, 9, [(4, 6), (6, 9)]) == []
    assert holes(4, 9, [(3, 6), (7, 8)]) == [(6, 7), (8, 9)]
    assert holes(4, 9, [(6, 20)]) == [(4, 6)]
    assert holes(4, 9, [(12, 20)]) == [(4, 9)]
