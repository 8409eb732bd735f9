"""Unions of uids commute, repeat without harm, and elect the smallest uid."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from schemas.aliases import Aliases

UIDS = [f"{number:016x}" for number in range(12)]
EDGES = st.lists(st.tuples(st.sampled_from(UIDS), st.sampled_from(UIDS)), max_size=30)


def united(edges: list[tuple[str, str]]) -> Aliases:
    aliases = Aliases()
    for a, b in edges:
        aliases.union(a, b)
    return aliases


def roots(aliases: Aliases) -> list[str]:
    return [aliases.root(uid) for uid in UIDS]


@given(EDGES, st.randoms(use_true_random=False))
def test_any_order_and_repetition_gives_one_partition(
    edges: list[tuple[str, str]], random: object
) -> None:
    shuffled = [(b, a) for a, b in edges] + edges
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert roots(united(shuffled)) == roots(united(edges))


@given(EDGES)
def test_the_root_is_the_smallest_uid_of_its_set(edges: list[tuple[str, str]]) -> None:
    aliases = united(edges)
    for uid in UIDS:
        assert aliases.root(uid) == min(aliases.members(uid))
        assert uid in aliases.members(uid)


@given(EDGES)
def test_the_edges_rebuild_the_sets(edges: list[tuple[str, str]]) -> None:
    aliases = united(edges)
    assert roots(united(aliases.edges())) == roots(aliases)


def test_union_says_whether_it_changed_anything() -> None:
    aliases = Aliases()
    assert aliases.union("b", "a")
    assert not aliases.union("a", "b")
    assert not aliases.union("a", "a")
    assert aliases.edges() == [("b", "a")]


def test_a_long_chain_is_climbed_without_recursion() -> None:
    chain = [f"{number:016x}" for number in range(50_000)]
    aliases = united([(b, a) for a, b in pairwise(chain)])
    assert aliases.root(chain[-1]) == chain[0]
