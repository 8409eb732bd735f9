"""Metrics over time, anomalies and checks: what was published is what is answered."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from schemas.anomalies import Anomaly
from schemas.series import MAX_POINTS
from schemas.signals import Signal
from tests.agents.correlation.signals import signal
from tests.api.telemetry import Telemetry, keep, send_points, series, telemetry
from tests.connectors.alerting import alert
from tests.connectors.stores.histories import BACK_ENDS
from tests.flows.test_demo_points_removal import choosing
from tests.stack import RunningStack

pytestmark = pytest.mark.stack

NOW_MS: Final = int(time.time() * 1000) // 60_000 * 60_000
NOW: Final = datetime.fromtimestamp(NOW_MS / 1000, UTC)
MINUTE: Final = 60_000
BUSY: Final = [(NOW_MS - 1_000 * n, float(n % 7)) for n in range(3_000)]
CALM: Final = [(NOW_MS - MINUTE * n, 20.0 + n % 3) for n in range(100)]
FLAT: Final = [(NOW_MS - MINUTE * n, 5.0) for n in range(100)]
TOTAL: Final = [(NOW_MS - MINUTE * n, 60_000.0 * (100 - n)) for n in range(10)]
ODD: Final = "disk_used_percent[/var]"
HOST: Final = "web/1 ünd"


@pytest.fixture(scope="module", params=BACK_ENDS)
def shown(request: pytest.FixtureRequest, stack: RunningStack) -> Iterator[Telemetry]:
    """Points of two hosts in either history."""
    with telemetry(stack, **choosing(stack, request.param)) as found:
        batches = [
            series("web-1", {"busy": BUSY, "cpu_usage": CALM, "load1": FLAT}),
            series("web-1", {"net_recv_bytes[eth0]": TOTAL}),
            series(HOST, {ODD: CALM, "young": CALM[:3]}),
        ]
        send_points(found.workers, batches, sum(len(one.value) for one in batches))
        yield found


def points_of(answer: dict[str, Any]) -> list[tuple[int, float]]:
    times = [round(datetime.fromisoformat(t).timestamp() * 1000) for t in answer["timestamps"]]
    return list(zip(times, answer["values"], strict=True))


def test_few_points_come_as_they_were_measured(shown: Telemetry) -> None:
    answer = shown.get("/analytics/metrics/historical/web-1", metric="cpu_usage", hours=24)
    assert set(answer) == {
        "host", "metric", "unit", "timestamps", "values", "step", "aggregate",
    }  # fmt: skip
    assert (answer["host"], answer["metric"], answer["unit"]) == ("web-1", "cpu_usage", "percent")
    assert (answer["step"], answer["aggregate"]) == (None, None)
    assert points_of(answer) == sorted(CALM)
    assert answer["timestamps"][-1] == NOW.isoformat().replace("+00:00", "Z")


def test_many_points_come_as_means_of_steps(shown: Telemetry) -> None:
    answer = shown.get("/analytics/metrics/historical/web-1", metric="busy")
    assert answer["step"] == 60
    assert answer["aggregate"] == "mean"
    assert len(answer["values"]) <= MAX_POINTS
    steps: dict[int, list[float]] = {}
    for time_ms, value in BUSY:
        steps.setdefault(time_ms // MINUTE * MINUTE, []).append(value)
    wanted = {start: sum(values) / len(values) for start, values in steps.items()}
    assert dict(points_of(answer)) == pytest.approx(wanted)


@pytest.mark.parametrize(("aggregate", "expected"), [("min", 0.0), ("max", 6.0), ("count", 60.0)])
def test_a_step_and_an_aggregate_can_be_asked(
    shown: Telemetry, aggregate: str, expected: float
) -> None:
    begin = NOW - timedelta(minutes=30)
    answer = shown.get(
        "/analytics/metrics/historical/web-1",
        metric="busy",
        from_=begin.isoformat(),
        to=(begin + timedelta(minutes=5)).isoformat(),
        step=60,
        aggregate=aggregate,
    )
    assert answer["values"] == [expected] * 5
    assert (answer["step"], answer["aggregate"]) == (60, aggregate)
    assert points_of(answer)[0][0] == NOW_MS - 30 * MINUTE


def test_other_names_and_odd_ones_are_understood(shown: Telemetry) -> None:
    alias = shown.get("/analytics/metrics/historical/web-1", metric="cpu_percent")
    assert alias["metric"] == "cpu_usage"
    assert points_of(alias) == sorted(CALM)
    odd = shown.get(f"/analytics/metrics/historical/{HOST}", metric=ODD)
    assert (odd["host"], odd["metric"], odd["unit"]) == (HOST, ODD, "percent")
    assert points_of(odd) == sorted(CALM)


def test_a_rate_is_worked_out_from_its_total(shown: Telemetry) -> None:
    answer = shown.get("/analytics/metrics/historical/web-1", metric="net_recv_bps[eth0]")
    assert (answer["metric"], answer["unit"]) == ("net_recv_bps[eth0]", "bytes/s")
    assert answer["values"] == [1_000.0] * 9
    assert points_of(answer)[-1][0] == NOW_MS
    stepped = shown.get(
        "/analytics/metrics/historical/web-1", metric="net_recv_bps[eth0]", step=120
    )
    assert set(stepped["values"]) <= {1_000.0, 500.0, 1_500.0}
    assert stepped["aggregate"] == "last"


def test_several_series_at_once_and_those_that_are_missing(shown: Telemetry) -> None:
    wanted = [
        {"host": "web-1", "metric": "cpu_usage"},
        {"host": "web-9", "metric": "cpu_usage"},
        {"host": HOST, "metric": ODD, "aggregate": "max"},
    ]
    answer = shown.post(
        "/analytics/metrics/query", {"series": wanted, "from": "-2h", "to": "now", "step": 7200}
    ).json()
    assert [(one["host"], one["aggregate"]) for one in answer["series"]] == [
        ("web-1", "mean"),
        (HOST, "max"),
    ]
    assert max(answer["series"][1]["values"]) == 22.0
    assert answer["missing"] == [
        {"host": "web-9", "metric": "cpu_usage", "reason": "no such series"}
    ]
    since, until = (datetime.fromisoformat(answer[name]) for name in ("from", "to"))
    assert until - since == timedelta(hours=2)


def test_a_value_is_judged_beside_its_history(shown: Telemetry) -> None:
    asked = {"host": "web-1", "metric_name": "cpu_usage"}
    strange = shown.post("/analytics/anomalies/check", **asked, current_value=97.0).json()
    assert (strange["is_anomaly"], strange["severity"]) == (True, "high")
    assert strange["baseline_mean"] == 21.0
    assert (strange["samples_analyzed"], strange["samples_needed"]) == (100, 24)
    assert strange["baseline"] == "median and robust deviation of 100 points, the last 24 h"
    assert (strange["historical_min"], strange["historical_max"]) == (20.0, 22.0)
    usual = shown.post("/analytics/anomalies/check", {**asked, "current_value": 21.5}).json()
    assert (usual["is_anomaly"], usual["severity"]) == (False, "normal")


def test_a_check_says_what_it_does_not_know_and_a_constant_never_alerts(shown: Telemetry) -> None:
    def check(host: str, metric: str, value: float) -> dict[str, Any]:
        body = {"host": host, "metric_name": metric, "current_value": value}
        found: dict[str, Any] = shown.post("/analytics/anomalies/check", body).json()
        return found

    young = check(HOST, "young", 1e6)
    assert (young["is_anomaly"], young["severity"]) == (False, "unknown")
    assert young["reason"] == "learning: 3 of 24 samples"
    assert check("nobody", "nothing", 1.0)["reason"] == "learning: 0 of 24 samples"
    assert check("web-1", "load1", 5.0)["severity"] == "normal"
    assert check("web-1", "net_recv_bps[eth0]", 1_000.0)["samples_analyzed"] == 9


def test_wrong_questions_say_what_is_wrong(shown: Telemetry) -> None:
    path = "/analytics/metrics/historical/web-1"
    wrong: list[tuple[dict[str, Any], int, str]] = [
        ({"metric": "nothing"}, 404, "no-such-series"),
        ({"metric": "busy", "hours": 1, "from_": "-2h"}, 422, "window"),
        ({"metric": "busy", "from_": "now", "to": "-1h"}, 422, "window"),
        ({"metric": "busy", "from_": "yesterday"}, 422, "filter"),
        ({"metric": "busy", "step": 1}, 422, "step"),
        ({"metric": "busy", "hours": 1e9}, 422, "invalid-request"),
        ({"metric": "bu\x00sy"}, 404, "no-such-series"),
        ({}, 422, "invalid-request"),
    ]
    for parameters, status, kind in wrong:
        answer = shown.ask(path, **parameters)
        assert answer.status_code == status, (parameters, answer.text)
        assert answer.json()["type"] == f"urn:foreshock:problem:{kind}", parameters
    total = shown.post(
        "/analytics/anomalies/check", host="web-1", metric_name="net_recv_bytes", current_value=1
    )
    assert (total.status_code, "net_recv_bps" in total.text) == (422, True)
    assert shown.post("/analytics/anomalies/check", host="web-1").status_code == 422
    assert shown.post("/analytics/metrics/query", {"series": []}).status_code == 422


USUAL: Final = {"mean": 20.0, "std": 1.0, "low": 18.0, "high": 22.0}


def episode(host: str, minutes_ago: int, strength: str = "warning", **more: Any) -> list[Signal]:
    """An anomaly that was worst in its second version, and is over."""
    begin = (NOW - timedelta(minutes=minutes_ago) - signal().onset).total_seconds() / 60 + 0.0
    found = []
    for version, value in ((1, 50.0), (2, 97.0), (3, 21.0)):
        one = signal(
            begin,
            scope=f"metric:{host}/cpu_usage",
            host=host,
            version=version,
            seen=begin + version,
            value=value,
            baseline=USUAL,
            strength=strength,
            active=version < 3,
            **more,
        )
        found.append(one.model_copy(update={"id": f"{host}-{minutes_ago}"}))
    return found


@pytest.fixture(scope="module")
def strange(stack: RunningStack) -> Iterator[Telemetry]:
    """Anomalies of three kinds of severity, one of them with its alert."""
    with telemetry(stack) as found:
        signals = [
            *episode("a", 30, "paging", score=9.0),
            *episode("b", 90, score=6.0),
            *episode("a", 60 * 30, score=3.0),
        ]
        about = alert(
            1,
            labels={"host": "a"},
            annotations={"anomaly metric:a/cpu_usage": "why"},
            first_seen=NOW - timedelta(minutes=31),
            last_seen=NOW,
        )
        keep(found.workers.settings, signals, [about])
        yield found


def test_anomalies_come_as_a_bare_list_with_their_worst_moment(strange: Telemetry) -> None:
    found = strange.get("/analytics/anomalies")
    assert [(one["host"], one["severity"]) for one in found] == [("a", "high"), ("b", "medium")]
    first = found[0]
    for one in found:
        Anomaly.model_validate(one)
    assert first["value"] == 97.0
    assert first["timestamp"] == (NOW - timedelta(minutes=28)).isoformat().replace("+00:00", "Z")
    assert (first["metric"], first["unit"]) == ("cpu_usage", "percent")
    assert [first[f"baseline_{name}"] for name in USUAL] == list(USUAL.values())
    assert (first["active"], first["signal_id"], first["alert_id"]) == (False, "a-30", "alert-1")
    assert found[1]["alert_id"] is None


def test_anomalies_are_chosen_by_host_metric_time_and_severity(strange: Telemetry) -> None:
    def ids(**asked: Any) -> list[str]:
        return [one["signal_id"] for one in strange.get("/analytics/anomalies", **asked)]

    assert ids(hours=48) == ["a-30", "b-90", "a-1800"]
    assert ids(host="a", hours=48) == ["a-30", "a-1800"]
    assert ids(severity=["low", "medium"], hours=48) == ["b-90", "a-1800"]
    assert ids(metric="load1", hours=48) == []
    assert ids(from_="-100m", to="-1h") == ["b-90"]
    cut = strange.ask("/analytics/anomalies", hours=48, limit=1)
    assert (len(cut.json()), cut.headers["X-Truncated"]) == (1, "true")
    assert strange.ask("/analytics/anomalies", severity="terrible").status_code == 422
    assert strange.ask("/analytics/anomalies", host="a\x00").json() == []
