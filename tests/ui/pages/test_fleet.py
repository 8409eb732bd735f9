"""/fleet: rows, counts and filters; the drawer of one host; the four states."""

from datetime import UTC, datetime, timedelta
from typing import Any

import dash
import pytest
from dash import no_update
from dash.exceptions import PreventUpdate

from tests.ui.acting import DOWN, acting
from tests.ui.pages.test_metrics import text
from tests.ui.telemetry_answers import detail_of, fleet, host, listed, metrics_of, series_of


def answers(rows: list[dict[str, Any]] | None = None, **changes: Any) -> dict[str, Any]:
    hosts = fleet() if rows is None else rows
    series = series_of([{"host": "db-prod-03", "metric": "cpu_usage"}] * 4)
    usual = {
        "/hosts": listed(hosts),
        "/hosts/db-prod-03": detail_of(fleet()[0]),
        "/hosts/db-prod-03/metrics": listed(metrics_of("db-prod-03")),
        "POST /analytics/metrics/query": series,
    }
    return usual | changes


async def shown(search: str, *more: Any) -> dict[str, Any]:
    from ui.pages.fleet import show

    return dict(await show(search, *more))


async def test_the_worst_comes_first_in_a_shape_and_a_word(app: dash.Dash) -> None:
    with acting(answers()) as client:
        drawn = await shown("?sel=web-1")
    assert [row["host"] for row in drawn["rows"]["rows"]][:3] == [
        "db-prod-03",
        "edge/fra-2",
        "web-9",
    ]
    assert drawn["rows"]["rows"][0]["cpu"] == 0.99
    assert drawn["rows"]["rows"][3]["cpu"] is None
    assert [row["host"] for row in drawn["rows"]["rows"] if row["chosen"]] == ["web-1"]
    assert "worst db-prod-03 (critical)" in text(drawn["answer"])
    assert "db-prod-03: alerting, critical" in str(drawn["tiles"])
    assert "shape-silent" in str(drawn["tiles"])
    states = [params.get("state") for _, params in client.asked]
    assert states == [None, ["alerting"], ["silent"], ["ok"]]


async def test_the_filter_is_the_urls_in_the_grammar_of_the_api(app: dash.Dash) -> None:
    with acting(answers()) as client:
        drawn = await shown("?state=silent,alerting&cpu_usage>=90&q=web&range=6h&sort=-cpu_usage")
    params = client.asked[0][1]
    assert params["state"] == ["silent,alerting"]
    assert params["cpu_usage>"] == ["90"]
    assert (params["q"], params["sort"]) == (["web"], ["-cpu_usage"])
    assert "range" not in params
    assert "state=silent&" in str(drawn["chips"])  # alerting can be let go
    assert "/fleet?range=6h&sort=-cpu_usage" in str(drawn["chips"])  # cleared


async def test_a_filter_that_is_wrong_is_said(app: dash.Dash) -> None:
    with acting(answers()) as client:
        drawn = await shown("?state=broken")
    assert "could not be loaded" in text(drawn["state"])
    assert "alerting" in text(drawn["state"])  # what is allowed
    assert client.asked == []


async def test_nothing_matches_and_nothing_was_ever_there(app: dash.Dash) -> None:
    with acting(answers([])):
        none = await shown("?q=nothing")
        first = await shown("")
    assert "Clear filters" in text(none["state"])
    assert none["hidden"] is True
    assert "No host yet" in text(first["state"])
    assert "foreshock ingest" in text(first["state"])


async def test_what_was_shown_stays_when_the_api_is_away(app: dash.Dash) -> None:
    before = {"at": (datetime.now(UTC) - timedelta(minutes=4)).isoformat(), "query": ""}
    with acting(dict.fromkeys(answers(), DOWN)):
        drawn = await shown("", None, before)
    assert "What you see is from 4 min ago." in text(drawn["state"])
    assert drawn["hidden"] is False
    assert drawn["rows"] is no_update


async def test_a_thousand_hosts_come_in_pages(app: dash.Dash) -> None:
    rows = [host(f"web-{n}") for n in range(1000)]
    page: Any = {"items": rows, "next_cursor": "abc", "total": 3400}
    with acting(answers(**{"/hosts": page})) as client:
        drawn = await shown("?cursor=xyz")
    assert client.asked[0][1]["cursor"] == "xyz"
    assert client.asked[0][1]["limit"] == 1000
    assert "cursor=abc" in str(drawn["more"])
    assert "From the first" in text(drawn["more"])
    assert "and 1,000 more in the list" in text(drawn["tiles"])


async def test_silent_ones_are_said_with_since_when(app: dash.Dash) -> None:
    quiet = host("web-9", state="silent", silent=True)
    quiet["last_seen"] = (datetime.now(UTC) - timedelta(minutes=26)).isoformat()
    changes: dict[str, Any] = {"/hosts/web-9": detail_of(quiet), "/hosts/web-9/metrics": listed([])}
    from ui.pages.fleet import show_host

    with acting(answers([quiet], **changes)):
        drawn = await shown("")
        content, hidden = await show_host("?sel=web-9")
    assert "the longest since 26 min ago" in text(drawn["answer"])
    assert hidden is False
    assert "Silent since 26 min ago" in text(content)
    assert "It measures nothing." in text(content)


async def test_the_drawer_tells_all_of_a_host(app: dash.Dash) -> None:
    from ui.pages.fleet import show_host

    with acting(answers()) as client:
        content, hidden = await show_host("?sel=db-prod-03&range=6h")
    said = text(content)
    assert hidden is False
    for words in (
        "alerting, critical",
        "cpu_usage is unusual on db-prod-03",
        "lines of 2 services",
    ):
        assert words in said
    asked = [one["metric"] for one in client.sent[0][2]["series"]]
    assert asked == ["cpu_usage", "memory_used_percent", "disk_used_percent[/]", "load1"]
    for link in ("/metrics?host=db-prod-03", "/logs?host=db-prod-03", "/alerts?host=db-prod-03"):
        assert link in str(content)
    with acting({}):
        content, hidden = await show_host("?sel=gone")
        assert "could not be loaded" in text(content)
        assert await show_host("") == ([], True)


async def test_what_people_do_stands_in_the_url(app: dash.Dash) -> None:
    from ui.pages.fleet import find, narrow, open_host, sort

    assert await open_host({"rowId": "edge/fra-2"}, "?range=6h") == "?range=6h&sel=edge/fra-2"
    kept = {"source": None, "service": None, "at": ""}
    columns: list[dict[str, Any]] = [
        {"colId": "cpu", "sort": "desc"},
        {"colId": "host", "sort": None},
    ]
    assert await sort(columns, "?cursor=x", kept) == "?sort=-cpu_usage"
    assert await narrow("a,b", None, kept, "") == "?source=a%5C,b"
    assert await find(" web ", "?cursor=x") == "?q=web"
    with pytest.raises(PreventUpdate):
        await sort(columns, "?sort=-cpu_usage", kept)
    with pytest.raises(PreventUpdate):
        await narrow(None, None, kept, "")
    with pytest.raises(PreventUpdate):
        await find("web", "?q=web")


async def test_it_reads_again_with_alerts_and_the_clock(app: dash.Dash) -> None:
    from ui.pages.fleet import tick

    for heard, count, state in ((1, 1, "paused"), (None, 0, "live"), (None, None, "live")):
        with pytest.raises(PreventUpdate):
            await tick(heard, count, state)
    assert await tick(None, 1, "live") == {"heard": None, "tick": 1}
    assert await tick(7, None, "live") == {"heard": 7, "tick": None}


async def test_hosts_of_another_filter_do_not_stay_when_it_fails(app: dash.Dash) -> None:
    with acting(answers()):
        before = (await shown("?state=silent"))["shown"]
    with acting(dict.fromkeys(answers(), DOWN)):
        same = await shown("?state=silent&sel=web-1", None, before)
        other = await shown("?state=ok", None, before)
        still = await shown("?state=ok", 1, other["shown"])
    assert (same["hidden"], same["rows"]) == (False, no_update)
    for drawn in (other, still):
        assert (drawn["hidden"], drawn["rows"]["rows"], drawn["tiles"]) == (True, [], [])
        assert "What you see is from" not in text(drawn["state"])


async def test_the_field_follows_the_address_and_not_who_types(app: dash.Dash) -> None:
    with acting(answers()):
        before = (await shown("?q=web"))["shown"]
        assert (await shown("", None, before, "web"))["find"] == ""
        assert (await shown("?q=db", None, before, "web"))["find"] == "db"
        assert (await shown("?q=web", 1, before, "web-1"))["find"] is no_update


def test_a_rate_is_told_by_its_course_and_not_by_its_total() -> None:
    from ui.fleet.reading import course_of
    from ui.metrics.choice import rows_of

    (total,) = rows_of([one for one in metrics_of("web-1") if one["rate"]])
    row, values = course_of(total, {"values": [1.0, 2048.0], "unit": "bytes/s"})
    assert (row["opens"], row["last"], row["unit"]) == ("net_recv_bps[eth0]", 2048.0, "bytes/s")
    assert values == [1.0, 2048.0]
    assert course_of(total, None) == (total, [])
    assert total["last"] is None


async def test_the_headers_follow_the_address_back(app: dash.Dash) -> None:
    from ui.pages.fleet import follow_order, sort

    columns: list[dict[str, Any]] = [{"colId": "host", "sort": None}]
    columns.append({"colId": "cpu", "sort": "desc"})
    plain = await follow_order("", columns)
    assert [one["sort"] for one in plain] == [None, None]
    turned = await follow_order("?sort=cpu_usage", columns)
    assert [one["sort"] for one in turned] == [None, "asc"]
    kept = {"source": None, "service": None}
    for search, found in (("", plain), ("?sort=cpu_usage", turned)):
        with pytest.raises(PreventUpdate):  # nobody chose it: the address said so before
            await sort(found, search, kept)
    for nothing in (None, columns):
        with pytest.raises(PreventUpdate):
            await follow_order("?sort=-cpu_usage", nothing)
