"""Commands on shards: each is taken once, whatever is delivered again, in whatever order."""

from datetime import timedelta

import pytest

from agents.correlation.groups import Groups, Taken
from agents.correlation.turns import Place, Turns
from agents.engine.shards import Shards
from schemas.alerts import Alert
from schemas.commands import Actor, Command, Target
from schemas.signals import Signal
from tests.agents.correlation.signals import at, signal

SIGNALS, COMMANDS = 0, 1 << 20
KIM = Actor(id="u1", name="kim")
HOSTS = [f"host-{number}" for number in range(3)]


class Worker:
    """Groups over shards that were checkpointed; what it takes is put at once."""

    def __init__(self, kept: dict[bytes, bytes] | None = None) -> None:
        self.shards = Shards()
        self.shards.restore(kept or {})
        self.groups = Groups(self.shards)
        self.groups.restore()

    def signal(self, one: Signal, offset: int) -> Taken:
        arrival = at(0) + timedelta(seconds=offset)
        return self._put(self.groups.take_signal(one, arrival, SIGNALS, offset), SIGNALS, offset)

    def clock(self, hours: float, offset: int) -> Taken:
        """A minute of the clock, so many hours after the beginning."""
        arrival = at(0) + timedelta(hours=hours)
        return self._put(self.groups.take_clock(arrival, SIGNALS, offset), SIGNALS, offset)

    def command(self, one: Command, offset: int) -> Taken:
        arrival = at(0) + timedelta(seconds=offset)
        return self._put(self.groups.take_command(one, arrival, COMMANDS, offset), COMMANDS, offset)

    def _put(self, taken: Taken, place: int, offset: int) -> Taken:
        for key, state in taken.states.items():
            self.shards.put(key, state, place, offset)
        return taken


def firing(worker: Worker) -> list[Alert]:
    """One alert a host."""
    found = []
    for offset, host in enumerate(HOSTS):
        found += worker.signal(signal(0, host=host, scope=f"metric:{host}/x"), offset).alerts
    return found


def bulk(kind: str, ids: list[str], number: int = 1) -> Command:
    targets = [Target(id=one) for one in ids]
    return Command.model_validate(
        {"id": f"c{number}", "kind": kind, "targets": targets, "by": KIM, "at": at(0)}
    )


def test_a_bulk_has_an_outcome_for_each_target() -> None:
    worker = Worker()
    ids = [alert.id for alert in firing(worker)]
    worker.command(bulk("resolve", ids[:1]), 0)
    taken = worker.command(bulk("acknowledge", [*ids, "nothing"], 2), 1)
    assert taken.result is not None
    assert [item.status for item in taken.result.items] == [
        "forbidden",
        "applied",
        "applied",
        "not_found",
    ]
    assert [alert.id for alert in taken.alerts] == ids[1:]
    assert {item.alert for item in taken.result.items} == {None}


def test_where_no_signal_comes_any_more_the_clock_lets_alerts_expire() -> None:
    worker = Worker()
    ids = [alert.id for alert in firing(worker)]
    assert worker.clock(23.9, 10) == Taken([], {})
    taken = worker.clock(24.1, 11)
    assert {(a.id, a.state, a.version) for a in taken.alerts} == {(i, "expired", 2) for i in ids}
    restarted = Worker(worker.shards.changed())
    assert restarted.clock(24.1, 11) == Taken([], {})  # a replay changes nothing
    assert restarted.clock(26, 12).alerts == []


def test_the_same_command_again_changes_nothing_and_has_no_second_result() -> None:
    worker = Worker()
    ids = [alert.id for alert in firing(worker)]
    first = worker.command(bulk("comment", ids), 0)
    assert len(first.alerts) == 3
    assert worker.command(bulk("comment", ids), 1) == Taken([], {})
    restarted = Worker(worker.shards.changed())
    assert restarted.command(bulk("comment", ids), 2) == Taken([], {})
    assert len(restarted.command(bulk("comment", ids, 2), 3).alerts) == 3


@pytest.mark.parametrize("durable", range(5))
def test_a_replay_takes_what_the_checkpoint_does_not_hold(durable: int) -> None:
    worker = Worker()
    ids = [alert.id for alert in firing(worker)]
    before = worker.shards.changed()
    whole = worker.command(bulk("acknowledge", ids), 0)
    after = worker.shards.changed()
    written = sorted(whole.states)[:durable]
    replayed = Worker(before | {key: after[key] for key in written})
    again = replayed.command(bulk("acknowledge", ids), 0)
    assert replayed.shards.changed() | {k: after[k] for k in written} == (
        {key: after[key] for key in whole.states} | {k: after[k] for k in written}
    )
    assert {alert.model_dump_json() for alert in again.alerts} <= {
        alert.model_dump_json() for alert in whole.alerts
    }
    assert again.result == (None if durable else whole.result)
    assert replayed.command(bulk("acknowledge", ids), 0) == Taken([], {})


def test_what_was_forgotten_is_known_by_what_the_decider_saw() -> None:
    worker = Worker()
    (alert, *_) = firing(worker)
    stranger = alert.model_copy(update={"id": "old", "version": 7})
    target = Target(id="old", alert=stranger)
    wish = bulk("assign", ["old"]).model_copy(update={"targets": [target], "owner": "lee"})
    (new,) = worker.command(wish, 0).alerts
    assert (new.id, new.version, new.owner) == ("old", 8, "lee")
    restarted = Worker(worker.shards.changed())
    (newer,) = restarted.command(bulk("comment", ["old"], 2), 1).alerts
    assert (newer.version, newer.owner) == (9, "lee")


def test_each_waits_for_its_turn_in_a_replay() -> None:
    first = Turns(None, Place(0, 0), Place(0, 0))
    assert not first.signal_waits(0)
    first.signal_done(0)
    assert not first.command_waits(0)
    written = first.write(0, 0)
    assert written is not None
    again = Turns(written, Place(0, 5), Place(0, 1))
    assert again.write(0, 0) is None
    assert again.command_waits(0)
    assert not again.signal_waits(0)
    again.signal_done(0)
    assert not again.command_waits(0)
    assert again.signal_waits(1)
    again.command_done(0)
    assert not again.signal_waits(1)


def test_a_new_command_waits_for_what_its_sender_may_have_seen() -> None:
    turns = Turns(None, Place(3, 5), Place(0, 0))
    for offset in (3, 4):
        assert turns.command_waits(0)
        assert not turns.signal_waits(offset)
        turns.signal_done(offset)
    assert not turns.command_waits(0)


def test_what_was_settled_and_not_committed_waits_for_nobody() -> None:
    first = Turns(None, Place(0, 0), Place(0, 0))
    first.write(0, 0)
    first.command_done(0)
    written = first.write(1, settled=1)
    again = Turns(written, Place(0, 5), Place(0, 2))
    assert again.signal_waits(0)
    assert not again.command_waits(0)
    again.command_done(0)
    assert not again.command_waits(1)
    again.command_done(1)
    assert not again.signal_waits(0)


def test_nobody_waits_for_what_was_committed_or_is_gone() -> None:
    first = Turns(None, Place(5, 5), Place(3, 3))
    written = first.write(3, 0)
    assert not Turns(written, Place(0, 9), Place(4, 4)).signal_waits(6)
    assert not Turns(written, Place(0, 9), Place(0, 0)).signal_waits(6)
    assert Turns(written, Place(0, 9), Place(3, 4)).signal_waits(6)
    assert not Turns(written, Place(0, 0), Place(3, 4)).command_waits(3)
    assert not Turns(written, Place(5, 9), Place(3, 4)).command_waits(3)
