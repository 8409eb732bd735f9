"""Time goes on in a partition without records, but only once all of it is read."""

from agents.detection.hearing import Hearing


def test_time_passes_since_the_newest_arrival_by_the_workers_steady_clock() -> None:
    hearing = Hearing()
    hearing.heard(3, arrival=1_000.0, steady=50.0, following=8)
    assert hearing.now(3, steady=110.0, read=0, end=8) == 1_060.0
    assert hearing.now(4, steady=110.0, read=0, end=0) is None


def test_while_records_wait_to_be_read_nobody_is_silent() -> None:
    hearing = Hearing()
    hearing.heard(3, arrival=1_000.0, steady=50.0, following=8)
    assert hearing.now(3, steady=9_999.0, read=5, end=9) is None


def test_after_a_restart_time_begins_to_pass_again_where_all_is_read() -> None:
    hearing = Hearing()
    hearing.heard(1, arrival=1.0, steady=1.0, following=1)
    hearing.restore({3: 1_000.0}, steady=7_000.0)
    assert hearing.now(1, steady=7_000.0, read=1, end=1) is None  # it is another worker's now
    assert hearing.now(3, steady=7_900.0, read=8, end=8) == 1_900.0
    assert hearing.now(3, steady=7_900.0, read=7, end=8) is None
