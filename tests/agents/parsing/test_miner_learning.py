"""Miners that learn from each other agree, whatever the order of lines and of changes."""

from collections.abc import Sequence
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from agents.parsing.miner import Miner, new_miner
from schemas.aliases import Aliases
from schemas.patterns import Pattern, PatternAlias

Change = Pattern | PatternAlias

USERS = ["anna", "bert", "cora", "dirk", "elsa", "fred", "7", "GUEST", "new"]
LINES = [f"user {user} logged in from the {place}" for user in USERS for place in ("lan", "web")]
LINES += [f"disk {name}: {state}" for name in ("sda1", "sdb") for state in ("full", "ok", "17 %")]
LINES += ["the queue is empty", "", "value=", "value=5", "ids 1, 2", "ids 1"]


def aliases_of(changes: Sequence[Change]) -> Aliases:
    aliases = Aliases()
    for change in changes:
        if isinstance(change, PatternAlias):
            aliases.union(change.uid, change.other)
    return aliases


def partition(aliases: Aliases, changes: Sequence[Change]) -> dict[str, str]:
    uids = {change.uid for change in changes}
    return {uid: aliases.root(uid) for uid in uids}


def taught(miner: Miner, changes: Sequence[Change]) -> Miner:
    for change in changes:
        miner.learn(change)
    return miner


def mined(lines: Sequence[str]) -> tuple[Miner, list[Change]]:
    miner = new_miner()
    miner.add_many(lines)
    return miner, miner.changes()


@given(st.permutations(LINES), st.permutations(LINES), st.randoms(use_true_random=False))
def test_unions_of_two_miners_form_one_partition_in_any_order(
    first: list[str], second: list[str], random: Random
) -> None:
    changes = mined(first)[1] + mined(second)[1]
    shuffled = random.sample(changes, len(changes))
    assert partition(aliases_of(changes), changes) == partition(aliases_of(shuffled), changes)


@given(st.permutations(LINES), st.permutations(LINES), st.randoms(use_true_random=False))
def test_two_miners_that_learn_from_each_other_agree(
    first: list[str], second: list[str], random: Random
) -> None:
    (one, from_one), (two, from_two) = mined(first), mined(second)
    for _ in range(4):
        taught(one, random.sample(from_two, len(from_two)))
        taught(two, random.sample(from_one, len(from_one)))
        from_one, from_two = one.changes(), two.changes()
    assert from_one == from_two == []
    for line in LINES:
        assert one.root(one.add(line)) == two.root(two.add(line))
        assert one.template(one.add(line)) == two.template(two.add(line))


@given(st.permutations(LINES))
def test_learning_twice_makes_no_difference(lines: list[str]) -> None:
    changes = mined(lines)[1]
    once, twice = taught(new_miner(), changes), taught(new_miner(), [*changes, *changes])
    assert once.add_many(lines) == twice.add_many(lines)


@given(st.permutations(LINES), st.randoms(use_true_random=False))
def test_a_pupil_agrees_in_whatever_order_it_learned(lines: list[str], random: Random) -> None:
    teacher, changes = mined(lines)
    pupil = taught(new_miner(), random.sample(changes, len(changes)))
    pupil.add_many(lines)
    taught(teacher, pupil.changes())
    taught(pupil, teacher.changes())
    for line in lines:
        assert pupil.root(pupil.add(line)) == teacher.root(teacher.add(line))


def test_what_is_only_learned_is_not_published_again() -> None:
    changes = mined(LINES)[1]
    pupil = taught(new_miner(), changes)
    assert pupil.changes() == []
    assert taught(pupil, changes).changes() == []


def test_changes_come_once_and_only_when_the_template_changed() -> None:
    miner = new_miner()
    uid = miner.add("took 5 steps")
    assert [(c.uid, c.template) for c in miner.changes() if isinstance(c, Pattern)] == [
        (uid, "took <NUM> steps")
    ]
    miner.add_many(["took 6 steps", "took 7 steps"])
    assert miner.changes() == []
    assert miner.add("took 0xf steps") == uid
    (change,) = miner.changes()
    assert isinstance(change, Pattern)
    assert (change.uid, change.template) == (uid, "took <*> steps")


def test_every_uid_is_published_with_its_sample_and_skeleton() -> None:
    miner = new_miner()
    uids = miner.add_many(LINES)
    published = {c.uid: c for c in miner.changes() if isinstance(c, Pattern)}
    assert set(uids) <= set(published)
    assert published[uids[0]].sample == LINES[0]
    assert published[uids[0]].skeleton == LINES[0]


def test_a_union_shows_the_widest_template_under_its_root() -> None:
    miner = new_miner()
    uids = miner.add_many([f"mount of {name} by the daemon" for name in ("ann", "bo", "cy", "di")])
    last = {c.uid: c.template for c in miner.changes() if isinstance(c, Pattern)}
    assert last[miner.root(uids[0])] == "mount of <*> by the daemon"
