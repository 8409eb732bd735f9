"""Which patterns are new, under aliases; and the farthest moment of a signal."""

from itertools import permutations

from connectors.stores.signals import Peak, farther
from connectors.stores.young_patterns import families
from tests.agents.correlation.signals import signal


def test_uids_that_are_one_pattern_are_new_together() -> None:
    young = [("b", 20, ["s"]), ("c", 10, ["t"]), ("d", 30, ["s"])]
    found = families(young, [("a", "b"), ("b", "c")], [])
    assert [(one.root, one.first_seen) for one in found] == [("d", 30), ("a", 10)]
    assert sorted(found[1].uids) == ["b", "c"]
    assert sorted(found[1].sources) == ["s", "t"]


def test_a_pattern_with_an_older_uid_is_not_new() -> None:
    young = [("b", 20, ["s"]), ("d", 30, ["s"])]
    assert [one.root for one in families(young, [("a", "b")], ["a"])] == ["d"]
    assert families([], [("a", "b")], ["a"]) == []


def test_the_farthest_moment_does_not_depend_on_the_order_of_versions() -> None:
    usual = {"mean": 10.0, "std": 1.0, "low": 9.0, "high": 11.0}
    values = [(1, 50.0, True), (2, -30.0, True), (3, 12.0, True), (4, 900.0, False)]
    versions = [
        signal(version=v, value=value, active=active, seen=v, baseline=usual)
        for v, value, active in values
    ]
    versions.append(signal(version=5, value=None, seen=5, baseline=usual))
    for order in permutations(versions):
        peak = Peak()
        for one in order:
            peak = farther(peak, one)
        assert (peak.version, peak.value, peak.off) == (1, 50.0, 40.0)
