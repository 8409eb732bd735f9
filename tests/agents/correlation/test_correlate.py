"""Which signals are one alert, when it begins and ends, and that nothing else decides it."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.correlation.correlate import FORGET, LIFETIME, next_due, pass_time
from agents.correlation.state import MAX_GROUP_SIGNS, MAX_SIGNS, encode
from agents.engine.shards import MAX_SHARD_BYTES
from schemas.alerts import Alert, AlertSeverity, AlertState
from schemas.severities import Severity
from schemas.signals import Signal
from tests.agents.correlation.signals import Stage, at, signal

PATTERN = "pattern:p1@web"


def only(stage: Stage) -> Alert:
    (found,) = stage.newest().values()
    return found


def test_a_rate_says_whether_it_is_that_of_all_lines() -> None:
    whole = signal(kind="rate_change", scope="rate:web-1")
    errors = signal(
        kind="rate_change", scope="pattern:p@web-1", pattern="p", severity=Severity.ERROR
    )
    assert Stage().take_all([whole]).published[-1].title == "Rate of lines changed on web-1"
    assert Stage().take_all([errors]).published[-1].title == "Rate of error lines changed on web-1"


def test_a_signal_fires_and_its_end_resolves() -> None:
    stage = Stage().take_all([signal(0, host="web-1", value=97.0, unit="%")])
    fired = only(stage)
    assert (fired.state, fired.version, fired.count) == (AlertState.FIRING, 1, 1)
    assert fired.title == "cpu_usage is unusual on web-1"
    assert fired.labels["host"] == "web-1"
    assert fired.anomaly_data
    assert fired.anomaly_data.value == 97.0
    stage.take_all([signal(0, version=2, active=False, seen=4)])
    over = only(stage)
    assert (over.state, over.version, over.count) == (AlertState.RESOLVED, 2, 1)
    assert (over.first_seen, over.resolved_at) == (at(0), at(4))


def test_repeats_and_old_news_change_nothing() -> None:
    known = [signal(0), signal(0, version=2, seen=1), signal(30, scope="metric:web-1/load_1m")]
    stage = Stage().take_all(known)
    before = dict(stage.states)
    for old in [*known, signal(-5, version=9)]:
        assert stage.take(old, at(3)) == []
    assert stage.states == before


def test_signals_of_one_host_are_one_alert() -> None:
    stage = Stage().take_all(
        [
            signal(0),
            signal(2, scope="metric:web-1/memory_used_percent", strength="paging"),
            signal(5, scope=PATTERN, kind="new_pattern", severity=6, reason="no such pool"),
            signal(9, scope="source:web", kind="source_silent"),
        ]
    )
    found = only(stage)
    assert found.count == 4
    assert found.severity is AlertSeverity.HIGH
    assert found.title == "memory_used_percent is unusual on web-1 and 3 more signs"
    assert "no such pool" in found.description
    assert found.annotations[f"new_pattern {PATTERN}"] == "no such pool"


def test_another_host_and_another_time_are_other_alerts() -> None:
    stage = Stage().take_all(
        [
            signal(0),
            signal(1, scope="metric:db-1/load_1m", host="db-1"),
            signal(11, scope="metric:web-1/load_1m"),
        ]
    )
    assert len(stage.newest()) == 3
    assert len({alert.fingerprint for alert in stage.published}) == 3


def test_what_comes_again_soon_is_the_same_alert_and_later_another() -> None:
    stage = Stage().take_all([signal(0), signal(0, version=2, active=False, seen=5)])
    stage.take_all([signal(20)])
    again = only(stage)
    assert (again.state, again.count, again.version) == (AlertState.FIRING, 2, 3)
    assert again.resolved_at is None
    stage.take_all([signal(20, version=2, active=False, seen=21), signal(37)])
    first, second = sorted(stage.newest().values(), key=lambda alert: alert.first_seen)
    assert first.state is AlertState.RESOLVED
    assert second.first_seen == at(37)
    assert first.fingerprint == second.fingerprint
    assert first.id != second.id


def test_it_is_over_when_all_that_lasts_is_over() -> None:
    load = "metric:web-1/load_1m"
    stage = Stage().take_all([signal(0), signal(1, scope=load)])
    stage.take_all([signal(1, scope=PATTERN, kind="new_pattern", severity=6)])
    stage.take_all([signal(0, version=2, active=False, seen=3)])
    assert only(stage).state is AlertState.FIRING
    stage.take_all([signal(1, scope=load, version=2, active=False, seen=7)])
    assert only(stage).state is AlertState.RESOLVED  # that a pattern was new does not keep it
    assert only(stage).resolved_at == at(7)


def test_without_news_an_alert_expires_by_the_time_of_the_broker() -> None:
    stage = Stage().take_all([signal(-10_000)], start=0)
    group = stage.group()
    due = at(0) + LIFETIME["anomaly"]
    assert next_due(group) == due
    assert pass_time(group, due - (due - at(0)) / 2) == []
    (gone,) = pass_time(group, due)
    assert (gone.state, gone.version, gone.resolved_at) == (AlertState.EXPIRED, 2, due)
    assert pass_time(group, due) == []
    assert next_due(group) == due + FORGET
    assert pass_time(group, due + FORGET) == []
    assert group.held == []


def test_the_end_of_what_nobody_knows_is_no_alert() -> None:
    assert Stage().take(signal(0, version=2, active=False), at(0)) == []
    assert len(Stage().take(signal(0, version=1, active=False), at(0))) == 1


def test_an_alert_that_was_forgotten_is_never_begun_anew_under_its_id() -> None:
    stage = Stage().take_all([signal(0)])
    late = stage.take(signal(0, version=2, seen=2_000), at(3_000))
    assert len({alert.id for alert in stage.published}) == 2
    assert late[-1].version == 1


def test_a_storm_is_bounded_and_says_so() -> None:
    stage = Stage()
    hostile = "\U0001f525" * 1_000
    storm = [
        signal(
            number / 60,
            scope=f"metric:web-1/{number}{hostile}",
            reason=hostile,
            sample=hostile,
            unit=hostile,
            service=hostile,
            source=hostile,
            pattern=hostile,
        )
        for number in range(2 * MAX_GROUP_SIGNS)
    ]
    stage.take_all(storm)
    assert len(encode(stage.group())) <= MAX_SHARD_BYTES
    states = [alert.state for alert in stage.newest().values()]
    assert states.count(AlertState.EXPIRED) >= 2
    assert sum(alert.count for alert in stage.newest().values()) == len(storm)
    assert max(alert.count for alert in stage.newest().values()) == MAX_SIGNS
    for id_ in stage.newest():
        versions = [alert.version for alert in stage.published if alert.id == id_]
        assert versions == list(range(1, len(versions) + 1))


def test_demo_is_what_is_nothing_but_demo() -> None:
    stage = Stage().take_all([signal(0, demo=True)])
    assert only(stage).demo
    stage.take_all([signal(1, scope="metric:web-1/load_1m")])
    assert not only(stage).demo


# A life of a host: each step is (scope, minutes since the step before, begins or ends).
LIVES = st.lists(
    st.tuples(st.sampled_from("abc"), st.floats(0, 30), st.booleans()), min_size=1, max_size=12
)


def life(host: str, steps: list[tuple[str, float, bool]]) -> list[Signal]:
    """Signals as a detector would publish them: versions grow, an end ends what began."""
    open_: dict[str, tuple[float, int]] = {}
    now, found = 0.0, []
    for name, pause, begins in steps:
        now += pause + 0.01
        scope = f"metric:{host}/{name}"
        onset, version = open_.pop(name, (now, 0))
        found.append(
            signal(onset, scope=scope, host=host, version=version + 1, seen=now, active=begins)
        )
        if begins:
            open_[name] = (onset, version + 1)
    return found


def interleaved(lives: list[list[Signal]], chance: random.Random) -> list[Signal]:
    """One order of all that keeps the order of each."""
    left = [list(one) for one in lives if one]
    found = []
    while left:
        one = chance.choice(left)
        found.append(one.pop(0))
        left = [rest for rest in left if rest]
    return found


def by_alert(stage: Stage) -> dict[str, list[str]]:
    versions: dict[str, list[str]] = {}
    for alert in stage.published:
        versions.setdefault(alert.id, []).append(alert.model_dump_json())
    return versions


@given(st.lists(LIVES, min_size=1, max_size=4), st.randoms())
def test_any_order_of_hosts_gives_the_same_alerts(
    lives: list[list[tuple[str, float, bool]]], chance: random.Random
) -> None:
    signals = [life(f"host-{number}", steps) for number, steps in enumerate(lives)]
    one = Stage().take_all(interleaved(signals, chance))
    other = Stage().take_all(interleaved(signals, chance))
    assert by_alert(one) == by_alert(other)
    for versions in by_alert(one).values():
        found = [Alert.model_validate_json(text) for text in versions]
        assert [alert.version for alert in found] == list(range(1, len(found) + 1))
        assert [alert.count for alert in found] == sorted(alert.count for alert in found)


@given(LIVES, st.integers(0, 12), st.integers(0, 12))
def test_a_replay_from_any_checkpoint_publishes_the_same(
    steps: list[tuple[str, float, bool]], checkpoint: int, died: int
) -> None:
    signals = life("web-1", steps)
    checkpoint, died = sorted((min(checkpoint, len(signals)), min(died, len(signals))))
    whole = Stage().take_all(signals)
    first = Stage().take_all(signals[:checkpoint])
    kept = dict(first.states)
    for number, one in enumerate(signals[checkpoint:died], checkpoint):
        first.take(one, at(number / 60))
    second = Stage()
    second.states = kept
    for number, one in enumerate(signals[checkpoint:], checkpoint):
        second.take(one, at(number / 60))
    texts = [alert.model_dump_json() for alert in whole.published]
    again = [alert.model_dump_json() for alert in first.published + second.published]
    assert list(dict.fromkeys(again)) == texts
    assert second.states == whole.states


@given(LIVES, st.lists(st.floats(0, 4_000), max_size=12), st.sets(st.integers(0, 12)))
def test_how_often_somebody_looks_at_the_clock_does_not_matter(
    steps: list[tuple[str, float, bool]], pauses: list[float], looks: set[int]
) -> None:
    signals = life("web-1", steps)
    arrivals = list(itertools.accumulate([*pauses, *[1.0] * len(signals)]))[: len(signals)]
    seldom, often = Stage(), Stage()
    for number, (one, arrival) in enumerate(zip(signals, arrivals, strict=True)):
        seldom.take(one, at(arrival))
        if number in looks and number:
            between = (arrivals[number - 1] + arrival) / 2
            often.pass_time("host:web-1", at(between))
        often.take(one, at(arrival))
    assert [alert.model_dump_json() for alert in often.published] == [
        alert.model_dump_json() for alert in seldom.published
    ]


@given(LIVES)
def test_every_signal_twice_is_as_once(steps: list[tuple[str, float, bool]]) -> None:
    signals = life("web-1", steps)
    once = Stage().take_all(signals)
    twice = Stage()
    for number, one in enumerate(signals):
        twice.take(one, at(number / 60))
        twice.take(one, at(number / 60))
    whole_twice = Stage().take_all([*signals, *signals])
    texts = [alert.model_dump_json() for alert in once.published]
    assert [alert.model_dump_json() for alert in twice.published] == texts
    assert [alert.model_dump_json() for alert in whole_twice.published] == texts


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_in_any_order_of_arrival_number_onset_and_count_are_the_same(
    order: tuple[int, ...],
) -> None:
    signals = [signal(n, scope=f"metric:web-1/{n}", strength="paging") for n in range(3)]
    found = only(Stage().take_all([signals[n] for n in order]))
    assert (found.first_seen, found.count, found.severity) == (at(0), 3, AlertSeverity.HIGH)
