"""The ring against a plain list of everything that ever came."""

from hypothesis import given
from hypothesis import strategies as st

from connectors.journal.ring import Behind, Entry, Ring
from schemas.journal import Place, Position

A, B = Place("alerts", 0), Place("patterns", 0)
ENDS = {A: Position(10, 1), B: Position(0, -1)}


def entries(choices: list[bool]) -> list[Entry]:
    """Of two places, with gaps in the offsets as compaction leaves them."""
    at = {place: position.offset for place, position in ENDS.items()}
    found = []
    for number, first in enumerate(choices):
        place = A if first else B
        found.append(Entry(place, at[place] + number % 3, 100 + number, "alert", f"{number}"))
        at[place] = found[-1].offset + 1
    return found


@given(st.lists(st.booleans(), max_size=60), st.integers(1, 20), st.integers(0, 60))
def test_it_holds_the_newest_and_says_what_it_no_longer_has(
    choices: list[bool], most: int, number: int
) -> None:
    everything = entries(choices)
    ring = Ring(ENDS, entries=most)
    ring.add(everything)
    assert ring.next == len(everything)
    assert ring.first == max(0, len(everything) - most)
    if number < ring.first:
        try:
            ring.since(number)
        except Behind:
            return
        raise AssertionError("it gave entries that it no longer has")
    assert ring.since(min(number, ring.next)) == everything[number:]


@given(st.lists(st.booleans(), max_size=60), st.integers(1, 20))
def test_from_a_position_that_it_holds_nothing_is_missing(choices: list[bool], most: int) -> None:
    everything = entries(choices)
    ring = Ring(ENDS, entries=most)
    ring.add(everything)
    for place in (A, B):
        own = [entry for entry in everything if entry.place == place]
        reached = [ENDS[place], *(entry.after for entry in own)]
        for index, position in enumerate(reached):
            if ring.holds(place, position):
                held = [entry for entry in ring.since(ring.first) if entry.place == place]
                assert [one for one in held if one.offset >= position.offset] == own[index:]
            else:
                assert index < len(reached) - 1, "the end is always held"
        assert not ring.holds(place, Position(reached[-1].offset, 99_999))
        assert ring.ends[place] == reached[-1]


def test_it_is_bounded_by_size_too() -> None:
    ring = Ring(ENDS, size=100)
    ring.add(Entry(A, 10 + n, n, "alert", "x" * 30) for n in range(10))
    assert len(ring.since(ring.first)) == 3
    ring.add([Entry(A, 20, 20, "alert", "x" * 101)])
    assert ring.since(ring.first) == []
    assert ring.holds(A, Position(21, 20))
