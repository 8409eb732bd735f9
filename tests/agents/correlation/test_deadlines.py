"""Which group is due: each once, the earliest first, by its newest deadline."""

from agents.correlation.deadlines import Deadlines
from tests.agents.correlation.signals import at


def test_the_newest_deadline_of_a_key_counts() -> None:
    deadlines = Deadlines()
    deadlines.restore({b"a": at(5), b"b": at(3), b"c": None})
    deadlines.put(b"a", at(1))
    deadlines.put(b"b", at(9))
    assert deadlines.due(at(2)) == [b"a"]
    assert deadlines.due(at(8)) == []
    deadlines.put(b"a", at(4))
    assert deadlines.due(at(9)) == [b"a", b"b"]
    assert deadlines.due(at(99)) == []


def test_a_key_without_a_deadline_is_never_due() -> None:
    deadlines = Deadlines()
    deadlines.put(b"a", at(1))
    deadlines.put(b"a", None)
    assert deadlines.due(at(2)) == []
