"""Which entries are applied, and what their counts add up to."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from agents.persisting.folding import aliases, births, fold
from agents.persisting.rows import as_row, chain_of, firsts, holes, unapplied
from schemas.counts import HourKey, MinuteKey, PlaceKey, Seen, SeverityKey
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


def test_lines_are_summed_by_severity_over_patterns() -> None:
    other = structs.replace(entry(2), counts=Counts(["v"], [3], [7], [5], [4]))
    worse = structs.replace(entry(3), counts=Counts(["u"], [6], [7], [1], [1]))
    assert fold([entry(1), other, worse]).severities == {
        SeverityKey(7, "s", 3): (7, 6),
        SeverityKey(7, "s", 6): (1, 1),
    }


def test_a_host_is_seen_when_its_lines_come_and_in_their_hour_when_they_are_imported() -> None:
    hour = 3_600_000
    live = structs.replace(entry(1), arrival=9 * hour)
    past = structs.replace(live, imported=True)
    nobody = structs.replace(live, places=Places(["u"], [""], [""], [0], [2]))
    key = PlaceKey("h", "s", "svc")
    assert fold([live, nobody]).hosts == {key: Seen(9 * hour, live=True)}
    assert fold([past]).hosts == {key: Seen(hour, live=False)}
    for order in ([live, past], [past, live]):
        assert fold(order).hosts == {key: Seen(9 * hour, live=True)}
    future = structs.replace(past, places=Places(["u"], ["h"], ["svc"], [99], [2]))
    assert fold([future]).hosts == {key: Seen(9 * hour, live=False)}
