"""Patterns over HTTP, against what was sent and against plain SQL."""

import csv
import io
from datetime import datetime
from typing import Any

import httpx
import psycopg
import pytest

from tests.api.reads import HOSTILE, Counted

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("reads")]

_URL = "/api/v1/patterns"
_DAY = {"from": "-3h"}


def _all(logs: Counted, query: str) -> list[dict[str, Any]]:
    with logs.api.client() as client:
        answer = client.get(f"{_URL}?{query}")
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items


def test_counts_add_up_to_every_line_that_was_sent(logs: Counted) -> None:
    with logs.api.client() as client:
        page = client.get(_URL, params=_DAY).json()
    assert page["total_lines"] == len(logs.lines) + len(HOSTILE)
    assert sum(item["count"] for item in page["items"]) == page["total_lines"]
    assert page["total"] == len(page["items"])
    assert sum(item["share"] for item in page["items"]) == pytest.approx(1)
    for item in page["items"]:
        assert sum(item["trend"]) == item["count"] == sum(item["severities"].values())
        assert len(item["trend"]) <= 30
    counts = [item["count"] for item in page["items"]]
    assert counts == sorted(counts, reverse=True)


def test_a_source_counts_its_lines_alone(logs: Counted) -> None:
    for source, lines in logs.by("source").items():
        items = _all(logs, f"from=-3h&source={source[0]}")
        assert sum(item["count"] for item in items) == lines
        assert {name for item in items for name in item["sources"]} == {source[0]}


@pytest.mark.parametrize(
    ("query", "levels"),
    [("severity>=error", {"error"}), ("severity=info,debug", {"info", "debug"})],
)
def test_severity_chooses_patterns(logs: Counted, query: str, levels: set[str]) -> None:
    items = _all(logs, f"from=-3h&source!=hostile&{query}")
    expected = sum(lines for (level,), lines in logs.by("level").items() if level in levels)
    assert sum(item["count"] for item in items) == expected
    assert {word for item in items for word in item["severities"]} == levels


def test_service_and_text_choose_patterns(logs: Counted) -> None:
    [ssh] = _all(logs, "from=-3h&service=sshd")
    assert ssh["services"] == ["sshd"]
    assert ssh["count"] == logs.by("service")[("sshd",)]
    [found] = _all(logs, "from=-3h&q=FAILED+PASSWORD")
    assert found["uid"] == ssh["uid"]
    assert _all(logs, "from=-3h&q=100%25_nothing") == []


def test_every_window_equals_plain_sql(logs: Counted) -> None:
    """Edges of hours are counted by the minute, whole hours by the hour."""
    with psycopg.connect(logs.api.settings.database_url.get_secret_value()) as connection:
        minutes = connection.execute(
            "select minute, sum(lines)::int from pattern_minutes group by 1"
        ).fetchall()
    with logs.api.client() as client:
        for ago in (1, 7, 59, 60, 61, 90, 119, 120, 180):
            page = client.get(_URL, params={"from": f"-{ago}m", "to": "-3m" if ago > 3 else "now"})
            found = page.json()
            since, until = (_minute(found[name]) for name in ("since", "until"))
            expected = sum(lines for minute, lines in minutes if since <= minute < until)
            assert found["total_lines"] == expected
            assert sum(item["count"] for item in found["items"]) == expected


def _minute(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp()) // 60


def test_what_is_new_and_what_changed(logs: Counted) -> None:
    new = _all(logs, "from=-15m&source!=hostile&new_since=-15m&sort=-change")
    assert [item["template"].split()[0] for item in new] == ["Checkout"]
    assert new[0]["new"]
    assert new[0]["previous_count"] == 0
    assert new[0]["change"] is None
    for item in _all(logs, "from=-1h&source=auth,db"):
        assert not item["new"]
        assert item["previous_count"] > 0
        expected = (item["count"] - item["previous_count"]) / item["previous_count"]
        assert item["change"] == pytest.approx(expected)


@pytest.mark.parametrize("sort", ["-count", "count", "-first_seen", "last_seen", "-change"])
def test_pages_follow_each_other_without_gap_or_repeat(logs: Counted, sort: str) -> None:
    whole = [item["uid"] for item in _all(logs, f"from=-3h&sort={sort}")]
    found: list[str] = []
    url = f"{_URL}?from=-3h&sort={sort}&limit=2"
    with logs.api.client() as client:
        while url:
            answer = client.get(url)
            found += [item["uid"] for item in answer.json()["items"]]
            url = answer.links.get("next", {}).get("url", "")
            assert bool(url) == (answer.json()["next_cursor"] is not None)
    assert sorted(found) == sorted(whole)
    assert len(found) == len(set(found))


def test_one_by_its_uid(logs: Counted) -> None:
    [ssh] = _all(logs, "from=-3h&service=sshd")
    with logs.api.client() as client:
        one = client.get(f"{_URL}/{ssh['uid']}", params=_DAY).json()
        assert one["count"] == ssh["count"]
        assert one["share"] == pytest.approx(one["count"] / (len(logs.lines) + len(HOSTILE)))
        missing = client.get(f"{_URL}/0000000000000000")
        assert missing.status_code == 404
        assert missing.json()["type"].endswith("no-such-pattern")


def test_samples_are_real_lines(logs: Counted) -> None:
    [ssh] = _all(logs, "from=-3h&service=sshd")
    with logs.api.client() as client:
        found = client.get(f"{_URL}/{ssh['uid']}/samples").json()
    sent = {line.raw for line in logs.lines if line.service == "sshd"}
    assert {item["text"] for item in found["items"]} <= sent
    assert found["items"]
    assert "Failed password" in found["kept"]


@pytest.mark.parametrize("by", ["severity", "source", "host", "service"])
def test_series_of_one_add_up(logs: Counted, by: str) -> None:
    [ssh] = _all(logs, "from=-3h&service=sshd")
    with logs.api.client() as client:
        found = client.get(f"{_URL}/{ssh['uid']}/series", params=_DAY | {"by": by}).json()
    assert found["total"] == ssh["count"]
    assert all(len(one["values"]) == len(found["timestamps"]) for one in found["series"])
    expected = {"severity": {"warning"}, "source": {"auth"}, "service": {"sshd"}}
    names = {one["name"] for one in found["series"]}
    assert names == expected.get(by, {f"web-{n}" for n in range(4)})
    if by == "host":
        sums = {one["name"]: sum(one["values"]) for one in found["series"]}
        sent = logs.by("service", "host")
        assert sums == {host: sent["sshd", host] for host in names}


def test_series_of_all_lines(logs: Counted) -> None:
    with logs.api.client() as client:
        found = client.get(f"{_URL}/series", params=_DAY | {"step": 600}).json()
        errors = client.get(f"{_URL}/series?from=-3h&severity>=error&by=source").json()
        assert client.get(f"{_URL}/series?by=host").status_code == 422
    assert found["total"] == len(logs.lines) + len(HOSTILE)
    assert found["step_seconds"] == 600
    assert {one["name"]: sum(one["values"]) for one in errors["series"]} == {
        "app": logs.by("level")[("error",)]
    }


def test_csv_has_every_row_and_nothing_that_acts(logs: Counted) -> None:
    with logs.api.client(Accept="text/csv") as client:
        answer = client.get(_URL, params=_DAY)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["X-Row-Limit"] == "100000"
    assert "X-Truncated" not in answer.headers
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert sum(int(row["count"]) for row in rows) == len(logs.lines) + len(HOSTILE)
    for row in rows:
        for cell in row.values():
            assert not cell.startswith(("=", "@", "\t", "\r"))
            assert not any(ord(c) < 32 or c in "\u202e\u2066\u2069" for c in cell)
            assert len(cell.encode()) < 3 * 4096
    assert any(row["template"].startswith("'=HYPERLINK") for row in rows)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("color=red", "allowed: count, first_seen"),
        ("severity=loud", "it is one of unknown, trace"),
        ("sort=template", "sort is one of"),
        ("cursor=nonsense", "it is none of ours"),
        ("cursor=WyItY291bnQiLCJ4IiwieSJd", "it belongs to another order"),
        ("new_since=later", "new_since cannot be"),
        ("limit=0", "see errors"),
    ],
)
def test_what_is_wrong_is_named(logs: Counted, query: str, said: str) -> None:
    with logs.api.client() as client:
        answer = client.get(f"{_URL}?{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.json()["detail"]


def test_without_credentials_nothing_is_told(logs: Counted) -> None:
    with httpx.Client(base_url=logs.api.url) as client:
        for path in ("", "/series", "/x", "/x/samples", "/x/series"):
            assert client.get(f"{_URL}{path}").status_code == 401
