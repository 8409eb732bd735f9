"""The same seed and the same time give the same bytes, however they are asked for."""

from collections import defaultdict
from collections.abc import Sequence

import pytest

from connectors.sources.shop.faults.catalogue import FAULTS, chosen
from connectors.sources.shop.faults.fault import Injected
from connectors.sources.shop.fleet import HOSTS, Stream
from connectors.sources.shop.metrics import Point
from connectors.sources.shop.shop import Shop
from tests.connectors.sources.shop.reading import HOUR, START

Seen = tuple[dict[Stream, list[bytes]], list[Point]]


def observed(
    seed: int, start: int, stop: int, widths: Sequence[int], faults: Sequence[Injected] = ()
) -> Seen:
    """All of [start, stop), in steps that take the widths in turn."""
    shop = Shop(seed, start, faults)
    lines: dict[Stream, list[bytes]] = defaultdict(list)
    points: list[Point] = []
    turn = 0
    while shop.now < stop:
        seen = shop.step(min(shop.now + widths[turn % len(widths)], stop))
        turn += 1
        for stream, some in seen.lines.items():
            lines[stream] += some
        points += seen.points
    return dict(lines), points


@pytest.mark.parametrize("fault", [None, *FAULTS])
def test_neither_steps_nor_restarts_change_what_is_observed(fault: str | None) -> None:
    faults = [Injected(FAULTS[fault], START + 307)] if fault else []
    at_once = observed(4, START, START + 600, [600], faults)
    assert observed(4, START, START + 600, [1], faults) == at_once
    assert observed(4, START, START + 600, [7, 13, 1, 60], faults) == at_once
    first = observed(4, START, START + 333, [60], faults)
    again = observed(4, START + 333, START + 600, [1], faults)
    joined = {s: first[0].get(s, []) + again[0].get(s, []) for s in first[0] | again[0]}
    assert (joined, first[1] + again[1]) == at_once


def test_another_seed_is_another_shop() -> None:
    assert observed(1, START, START + 60, [60]) != observed(2, START, START + 60, [60])


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_changes_nothing_before_its_onset_nor_after_its_end(fault: str) -> None:
    injected = Injected(FAULTS[fault], START + 300)
    for start, stop in ((START, START + 300), (int(injected.end) + 20, int(injected.end) + 300)):
        healthy, broken = (observed(4, start, stop, [60], f) for f in ((), [injected]))
        assert broken == healthy


def test_every_host_logs_and_is_measured_and_values_do_not_depend_on_how_often() -> None:
    shop = Shop(1, START)
    often = Shop(1, START).step(START + HOUR, 10)
    seldom = shop.step(START + HOUR, 60)
    hosts = {host.name for host in HOSTS}
    assert {stream.host for stream in often.lines} == {p.host for p in often.points} == hosts
    assert set(seldom.points) == {point for point in often.points if point.at % 60 == 0}
    assert len({(point.host, point.metric, point.at) for point in often.points}) == len(
        often.points
    )


def test_seeds_choose_faults_in_turn() -> None:
    by_seed = {found.name for seed in range(1, 6) if (found := chosen(seed, "random", 0))}
    in_turn = {found.name for before in range(5) if (found := chosen(1, "random", before))}
    assert by_seed == in_turn == set(FAULTS)
    assert chosen(1, "none", 0) is None
    wished = chosen(1, "link_flap", 3)
    assert wished is FAULTS["link_flap"]
