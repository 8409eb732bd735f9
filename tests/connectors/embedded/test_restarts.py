"""When a dead part is started again: decisions on a clock that the test turns."""

from connectors.embedded.restarts import Deaths


def died(times: list[float], lived: float = 1.0) -> Deaths:
    deaths = Deaths()
    for now in times:
        deaths = deaths.after(now=now, lived=lived)
    return deaths


def test_the_first_death_is_made_good_at_once() -> None:
    assert died([100.0]).delay < 1.0


def test_waits_grow_up_to_five_seconds() -> None:
    far_apart = [died([i * 30.0 for i in range(n)]).delay for n in range(1, 12)]
    assert far_apart == sorted(far_apart)
    assert far_apart[-1] == 5.0


def test_the_fifth_death_of_a_minute_makes_it_slow() -> None:
    assert died([0, 1, 2, 3]).delay <= 5.0
    assert died([0, 1, 2, 3, 4]).delay == 60.0
    assert died([0, 20, 40, 60, 80]).delay <= 5.0


def test_slow_stays_slow_until_a_healthy_minute() -> None:
    slow = died([0, 1, 2, 3, 4])
    assert slow.after(now=65.0, lived=1.0).delay == 60.0
    assert slow.after(now=165.0, lived=60.0).delay < 1.0
