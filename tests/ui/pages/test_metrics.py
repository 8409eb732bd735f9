"""/metrics: what is chosen, drawn and said; the four states; the way back from each."""

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import dash
import pytest
from dash import no_update
from dash.exceptions import PreventUpdate

from tests.ui.acting import DOWN, acting, triggered
from tests.ui.telemetry_answers import (
    HOSTILE,
    UNITS,
    anomalies,
    anomaly,
    fleet,
    listed,
    metrics_of,
    series_of,
)
from ui.address import Period, period
from ui.problems import ApiProblem

CPU = [{"host": "db-prod-03", "metric": "cpu_usage"}]
SEARCH = "?host=db-prod-03&metric=cpu_usage"
QUERY = "POST /analytics/metrics/query"


def answers(**changes: Any) -> dict[str, Any]:
    usual = {
        "/hosts": listed(fleet()),
        "/hosts/db-prod-03/metrics": listed(metrics_of("db-prod-03")),
        "/hosts/web-1/metrics": listed(metrics_of("web-1")),
        "/analytics/anomalies": anomalies(),
        QUERY: series_of(CPU),
    }
    return usual | changes


def text(part: Any) -> str:
    """All words of a part of the page."""
    if isinstance(part, list | tuple):
        return "".join(map(text, part))
    if part is None or isinstance(part, str | int | float):
        return str(part or "")
    return text(getattr(part, "children", ""))


async def test_the_strangest_metric_is_shown_when_none_is_named(app: dash.Dash) -> None:
    from ui.pages.metrics import show

    with acting(answers()) as client:
        drawn = await show("")
    assert drawn["shown"]["named"] == {"host": "db-prod-03", "metric": "cpu_usage"}
    assert client.sent[0][2]["series"] == CPU
    assert drawn["hidden"] is False
    assert text(drawn["answer"]) == (
        "2 anomalies in the last 24 h, worst 88 % against 33 ± 4 %, 1 going on now; "
        "1 anomaly on other metrics of db-prod-03"
    )


async def test_the_list_says_value_and_baseline_reason_and_alert(app: dash.Dash) -> None:
    from ui.pages.metrics import show

    with acting(answers()):
        drawn = await show(SEARCH)
    said = text(drawn["strange"])
    assert "99 % (baseline 33 ± 4 %)" in said
    assert "for 30 min" in said
    assert "goes on" in said
    assert "load1" in said
    assert "/alerts?sel=a1" in str(drawn["strange"])
    assert "<script>alert(1)</script>\\x1b[31m\\u202e" in said  # text, with what is unseen shown


async def test_rings_stand_at_anomalies_and_the_band_is_there_alone(app: dash.Dash) -> None:
    from ui.pages.metrics import show

    with acting(answers(), zone="UTC"):
        traces = json.loads((await show(SEARCH))["figure"].to_json())["data"]
    band = next(one for one in traces if one.get("fill") == "toself")
    rings = next(one for one in traces if one.get("name") == "anomaly")
    assert len(band["x"]) == 2 * 6  # two boxes of five corners, and a gap behind each
    assert rings["y"] == [88.0, 99.0]
    assert rings["text"][1] == "99 % (baseline 33 ± 4 %)"
    lines = [one for one in traces if one["mode"] == "lines" and one.get("name") == "cpu_usage"]
    assert "%{y:,.4~r} %" in lines[0]["hovertemplate"]


async def test_without_anomalies_no_band_is_invented(app: dash.Dash) -> None:
    from ui.pages.metrics import show

    with acting(answers(**{"/analytics/anomalies": []})):
        drawn = await show(SEARCH)
    band = next(one for one in drawn["figure"].data if one.fill == "toself")
    assert not band.x
    assert text(drawn["answer"]) == "Nothing strange in cpu_usage in the last 24 h on db-prod-03"
    assert "usual" not in text(drawn["key"])


@pytest.mark.parametrize(
    ("query", "second"),
    [
        ("&also=load1", ("db-prod-03", "load1")),
        ("&beside=web-1", ("web-1", "cpu_usage")),
    ],
)
async def test_a_second_series_is_compared(
    app: dash.Dash, query: str, second: tuple[str, str]
) -> None:
    from ui.pages.metrics import show

    host, metric = second
    both = series_of([*CPU, {"host": host, "metric": metric}])
    with acting(answers(**{QUERY: both})) as client:
        drawn = await show(SEARCH + query)
    assert client.sent[0][2]["series"][1] == {"host": host, "metric": metric}
    lines = [one for one in drawn["figure"].data if one.hovertemplate and one.mode == "lines"]
    assert len({one.line.color for one in lines}) == 2
    assert [one.yaxis for one in lines] == ["y", "y2" if metric == "load1" else "y"]


async def test_a_total_is_drawn_as_its_rate_in_a_readable_unit(app: dash.Dash) -> None:
    from ui.pages.metrics import show

    rate = series_of([{"host": "db-prod-03", "metric": "net_recv_bps[eth0]"}])
    rate["series"][0]["values"] = [3 * 2**20] * 288
    with acting(answers(**{QUERY: rate})):
        drawn = await show("?host=db-prod-03&metric=net_recv_bps[eth0]")
    row = next(one for one in drawn["rows"] if one["chosen"])
    assert row["metric"] == "net_recv_bytes[eth0]"
    assert row["last"] is None  # the lifetime's total is no rate
    assert drawn["figure"].layout.yaxis.ticksuffix == " MiB/s"
    assert "rate of the total" in text(drawn["note"])


async def test_hundreds_of_metrics_are_searched_and_none_is_said(app: dash.Dash) -> None:
    from ui.pages.metrics import show

    many = [{**metrics_of("x")[0], "metric": f"queue_depth[{n}]"} for n in range(700)]
    with acting(answers(**{"/hosts/db-prod-03/metrics": listed(many)})):
        found = await show(SEARCH + "&q=queue 69")
        none = await show(SEARCH + "&q=nothing")
    assert len(found["rows"]) == 17
    assert none["rows"] == []
    assert "0 of 700 match" in text(none["none"])
    assert "q=" not in str(none["none"])


async def test_first_use_says_what_to_do(app: dash.Dash) -> None:
    from ui.pages.metrics import show

    empty = {"/hosts": listed([]), "/analytics/anomalies": []}
    with acting(empty):
        drawn = await show("")
    assert drawn["hidden"] is True
    assert "No metric yet" in text(drawn["state"])
    assert "HOST_METRICS=true foreshock up" in text(drawn["state"])


async def test_what_was_shown_stays_when_the_api_is_away(app: dash.Dash) -> None:
    from ui.pages.metrics import show

    with acting(answers()):
        before = (await show(SEARCH))["shown"]
    before["at"] = (datetime.now(UTC) - timedelta(minutes=4)).isoformat()
    others = ("?host=web-1", "?host=db-prod-03&metric=load1", SEARCH + "&range=1h")
    with acting(dict.fromkeys(answers(), DOWN)):
        fresh = await show(SEARCH)
        drawn = await show(SEARCH, None, before)
        of_others = [await show(search, None, before) for search in others]
    for one in of_others:  # a chart of something else would look as if it was of this
        assert (one["hidden"], one["answer"]) == (True, "")
        assert "What you see is from" not in text(one["state"])
        assert one["shown"]["failed"]
    assert fresh["hidden"] is True
    assert drawn["hidden"] is False
    assert drawn["figure"] is no_update
    assert "What you see is from 4 min ago." in text(drawn["state"])


async def test_unknown_hosts_and_metrics_lead_on(app: dash.Dash) -> None:
    from ui.pages.metrics import show

    gone = ApiProblem(404, "no-such-host", "nothing tells of it")
    with acting(answers(**{"/hosts/gone/metrics": gone})):
        assert "No such host" in text((await show("?host=gone"))["state"])
    missing = {"series": [], "missing": [{**CPU[0], "reason": "no such series"}]}
    with acting(answers(**{QUERY: missing})):
        drawn = await show(SEARCH)
    assert f"has no metric cpu_usage. Choose one of its {len(UNITS)}" in text(drawn["empty"])
    empty = series_of(CPU)
    empty["series"] = [{**empty["series"][0], "timestamps": [], "values": []}]
    with acting(answers(**{QUERY: empty})):
        assert "No value of cpu_usage in this time" in text((await show(SEARCH))["empty"])


async def test_what_the_page_writes_by_itself_is_no_choice(app: dash.Dash) -> None:
    from ui.pages.metrics import compare, pick_host, pick_row

    shown = {"host": "db-prod-03", "metric": "cpu_usage"}
    with pytest.raises(PreventUpdate):
        await pick_host("db-prod-03", shown, "")
    with pytest.raises(PreventUpdate):
        await pick_row({"rowId": "cpu_usage"}, shown, "")
    assert await pick_host("web-1", shown, "?range=6h") == ("?range=6h&host=web-1&metric=cpu_usage")
    assert await pick_row({"rowId": "load1"}, shown, SEARCH) == "?host=db-prod-03&metric=load1"
    assert await compare("m load1", SEARCH) == f"{SEARCH}&also=load1"
    assert await compare("h web-1", f"{SEARCH}&also=load1") == f"{SEARCH}&beside=web-1"
    assert await compare(None, f"{SEARCH}&beside=web-1") == SEARCH


async def test_it_reads_again_when_that_may_change_something(app: dash.Dash) -> None:
    from ui.pages.metrics import tick

    beat, event = "metrics-tick-beat", "metrics-tick-news"
    still = "?from=2026-11-27T08:00:00Z&to=2026-11-27T09:00:00Z"
    good, failing = {"host": "db-prod-03"}, {"host": "db-prod-03", "failed": True}
    for by, search, shown in (
        (beat, "?range=1h", good),
        (event, still, good),
        (beat, still, failing),
        (beat, still, None),
    ):
        with triggered(by, 3, "data"):
            assert await tick(None, 3, "live", search, shown) == {"heard": None, "tick": 3}
    for search, state in (("", "paused"), (still, "live")):
        with triggered(beat, 3, "data"), pytest.raises(PreventUpdate):
            await tick(None, 3, state, search, good)


def test_bands_do_not_lie_over_each_other() -> None:
    from ui.metrics.drawing import boxes

    now = datetime.now(UTC)
    when = Period(now - timedelta(hours=24), now, True, "24h")
    many = [
        anomaly("x", 1.0, "low", 4, onset=(now - timedelta(minutes=m)).isoformat())
        for m in (90, 60, 30)
    ]
    found = boxes([*many, anomaly("x", 1.0, "low", 4, baseline_low=None)], when)
    assert len(found) == 3
    assert all(one.end <= later.start for one, later in pairwise(found))
    assert found[-1].end == now.isoformat()
    assert boxes([], when) == []


def test_gaps_end_lines() -> None:
    from ui.components.gaps import with_gaps

    minutes = (0, 1, 2, 3, 20, 21)
    times = [f"2026-11-27T08:{minute:02}:00+00:00" for minute in minutes]
    found, values = with_gaps(times, [1.0] * 6)
    assert len(found) == 7
    assert values == [1.0, 1.0, 1.0, 1.0, None, 1.0, 1.0]
    finer = [f"2026-11-27T08:21:{second:02}+00:00" for second in range(5, 60, 5)]
    mixed = [f"2026-11-27T08:{minute:02}:00+00:00" for minute in range(22)] + finer
    assert None not in with_gaps(mixed, [1.0] * len(mixed))[1]
    assert with_gaps(times[:2], [1.0, 2.0]) == (times[:2], [1.0, 2.0])


def test_words_of_times_and_baselines() -> None:
    from ui.metrics.words import baseline, within

    assert within(period("?range=15m")) == "in the last 15 min"
    assert within(period("?from=2026-11-27T08:00:00Z&to=2026-11-27T09:00:00Z")) == (
        "in the chosen time"
    )
    assert baseline(anomaly("cpu_usage", 1, "low", 4, baseline_std=None)) == "25 to 41 %"
    bytes_ = {"unit": "bytes", "baseline_mean": 3 * 2**30, "baseline_std": 2**20}
    assert baseline(anomaly("x", 1, "low", 4, **bytes_)) == "3 GiB ± 1 MiB"
    assert baseline(anomaly("x", 1, "low", 4, baseline_mean=None, baseline_low=None)) == ""


async def test_hostile_names_stay_text(app: dash.Dash) -> None:
    from ui.pages.metrics import show

    host = f"web-2{HOSTILE}"
    paths = {"/hosts/web-2%3Cscript%3Ealert%281%29%3C%2Fscript%3E%1B%5B31m%E2%80%AE/metrics": 1}
    with acting(answers(**{path: listed(metrics_of(host)) for path in paths})):
        drawn = await show("?host=web-2%3Cscript%3Ealert(1)%3C/script%3E%1B%5B31m%E2%80%AE")
    assert drawn["shown"]["host"] == host
    assert "\u202e" not in text(drawn["title"])
    assert all("\u202e" not in one["label"] for one in drawn["hosts"])
    assert all("<script>" not in (one.name or "") for one in drawn["figure"].data)


async def test_the_field_follows_the_address_and_not_who_types(app: dash.Dash) -> None:
    from ui.pages.metrics import show

    with acting(answers()):
        before = (await show(f"{SEARCH}&q=cpu"))["shown"]
        assert (await show(SEARCH, None, before, find="cpu"))["find"] == ""
        assert (await show(f"{SEARCH}&q=disk", None, before, find="cpu"))["find"] == "disk"
        assert (await show(f"{SEARCH}&q=cpu", 1, before, find="cpu_u"))["find"] is no_update
