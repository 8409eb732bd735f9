"""Verdicts as signals: the sentence that a person reads, and ids that a replay gives again."""

import pytest

from agents.detection.verdicts import Verdict
from agents.detection.wording import Subject, duration, number, signal, signal_id
from schemas.signals import Signal

CPU = Subject(
    scope="metric:web-1/cpu_usage",
    name="cpu_usage of web-1",
    unit="%",
    host="web-1",
    metric="cpu_usage",
)
SHIFT = Verdict(
    onset=1_700_000_000.25,
    at=1_700_000_060.25,
    version=2,
    active=True,
    strength="warning",
    score=4.5,
    value=97.04,
    deviations=6.21,
    beyond=2.0,
    cause="level shift",
    mean=37.5,
    std=3.25,
    low=31.0,
    high=44.0,
)


def test_a_signal_says_what_is_seen_and_why() -> None:
    made = signal(SHIFT, CPU)
    assert made.reason == (
        "cpu_usage of web-1 is 97 %, usual 31\N{EN DASH}44 % (24 h); "
        "tier 1: 6.21 deviations, level shift, beyond all of late"
    )
    assert made.kind == "anomaly"
    assert (made.value, made.unit, made.host, made.metric) == (97.04, "%", "web-1", "cpu_usage")
    assert made.baseline is not None
    assert (made.baseline.mean, made.baseline.high) == (37.5, 44.0)
    assert made.onset.isoformat() == "2023-11-14T22:13:20.250000+00:00"
    assert (made.at - made.onset).total_seconds() == 60
    assert Signal.model_validate_json(made.model_dump_json()) == made


def test_the_rate_of_a_pattern_is_another_kind_in_other_words() -> None:
    rate = Subject(
        scope="pattern:ab12@api",
        name="«connection refused» of api",
        kind="rate_change",
        unit="lines/min",
        source="api",
        pattern="ab12",
        severity=17,
    )
    verdict = SHIFT._replace(value=1250.0, low=0.0, high=0.0, cause="value", beyond=0.0)
    made = signal(verdict, rate)
    assert (made.kind, made.pattern, made.severity) == ("rate_change", "ab12", 17)
    assert made.reason == (
        "«connection refused» of api is 1,250 lines/min, usual 0 lines/min (24 h); "
        "tier 1: 6.21 deviations, value"
    )


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (36.0, "cpu_usage of web-1 is back at 36 %, usual 31\N{EN DASH}44 % (24 h)"),
        (97.0, "cpu_usage of web-1 has settled at 97 %, before usual 31\N{EN DASH}44 % (24 h)"),
        (None, "cpu_usage of web-1 gives no points any more, usual 31\N{EN DASH}44 % (24 h)"),
    ],
)
def test_the_end_says_how_it_ended(value: float | None, words: str) -> None:
    over = SHIFT._replace(active=False, value=value, at=SHIFT.onset + 720)
    made = signal(over, CPU)
    assert made.reason == f"{words}; over after 12 min"
    assert not made.active


def test_an_id_comes_from_series_and_onset_alone() -> None:
    first = signal(SHIFT, CPU)
    later = signal(SHIFT._replace(at=SHIFT.at + 600, version=9, active=False), CPU)
    assert first.id == later.id == signal_id(CPU.scope, SHIFT.onset)
    assert signal(SHIFT._replace(onset=SHIFT.onset + 1), CPU).id != first.id
    assert signal(SHIFT, CPU._replace(scope="metric:web-2/cpu_usage")).id != first.id


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.001, "-0.001"),
        (0.01234, "0.0123"),
        (6.25, "6.25"),
        (99.96, "100"),
        (1250.4, "1,250"),
        (-123456789.0, "-123,456,789"),
        (1e18, "1e+18"),
    ],
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert number(value) == text


def test_durations_are_in_their_largest_unit() -> None:
    spans = [40, 61, 3 * 3600, 2 * 86400]
    assert [duration(seconds) for seconds in spans] == ["40 s", "1 min", "3 h", "2 d"]
