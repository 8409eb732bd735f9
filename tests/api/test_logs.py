"""Lines over HTTP: what was sent is found, with the fields and the pattern it was counted by."""

import asyncio
import csv
import io
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psutil
import pytest

from schemas.logs import LogBatch
from tests.api.reads import HOSTILE, Counted, Line
from tests.api.serving import Served
from tests.workers import publish

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("reads")]

_URL = "/api/v1/logs"


@pytest.fixture
def client(logs: Counted) -> Iterator[httpx.Client]:
    with logs.api.client() as client:
        yield client


def _pages(client: httpx.Client, query: str) -> tuple[list[dict[str, Any]], int]:
    """All lines of a search, and how many pages it took."""
    url, found, pages = f"{_URL}?{query}", [], 0
    while url:
        answer = client.get(url)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += page["items"]
        pages += 1
        assert page["scanned"]["complete"] == (page["next_cursor"] is None)
        url = answer.links.get("next", {}).get("url", "")
    return found, pages


def _sent(line: dict[str, Any]) -> tuple[str, ...]:
    return (line["source"], line["host"], line["service"], line["severity"], line["message"])


def _expected(lines: list[Line]) -> Counter[tuple[str, ...]]:
    levels = {"warn": "warning"}
    return Counter(
        (one.source, one.host, one.service, levels.get(one.level, one.level), one.message)
        for one in lines
    )


def test_every_line_is_found_once_in_pages(client: httpx.Client, logs: Counted) -> None:
    found, pages = _pages(client, "from=-3h&source!=hostile&limit=700")
    assert pages > 3
    assert Counter(map(_sent, found)) == _expected(logs.lines)
    places = {(line["partition"], line["offset"], line["line"]) for line in found}
    assert len(places) == len(found)
    times = {line.raw: line.at for line in logs.lines}
    for line in found:
        assert abs(datetime.fromisoformat(line["time"]) - times[line["text"]]) < timedelta(
            milliseconds=2
        )


def test_exports_hold_every_line_and_give_their_places_back(logs: Counted) -> None:
    with logs.api.client(Accept="text/csv") as client:
        for _ in range(3):
            answer = client.get(_URL, params={"from": "-3h", "source": "db"})
            rows = list(csv.DictReader(io.StringIO(answer.text)))
            assert len(rows) == len([one for one in logs.lines if one.source == "db"]) > 0
            assert {row["source"] for row in rows} == {"db"}


def test_patterns_are_those_that_were_counted(client: httpx.Client, logs: Counted) -> None:
    found, _ = _pages(client, "from=-3h&limit=1000")
    counts = Counter(line["pattern"] for line in found)
    listed = client.get("/api/v1/patterns", params={"from": "-3h"}).json()["items"]
    assert counts == {item["uid"]: item["count"] for item in listed}


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("host=web-1,web-2", lambda one: one.host in ("web-1", "web-2")),
        ("host!=web-1", lambda one: one.host != "web-1"),
        ("service=sshd", lambda one: one.service == "sshd"),
        ("level>=warning", lambda one: one.level in ("warn", "error")),
        ("level!=debug,info", lambda one: one.level in ("warn", "error")),
        ("source=db", lambda one: one.source == "db"),
        ("q=FAILED+password", lambda one: "Failed password" in one.message),
        ("q=failed&case=true", lambda one: False),
        ("q=broke&host=web-0", lambda one: "broke" in one.message and one.host == "web-0"),
        ("level>=error&level!=error", lambda one: False),
    ],
)
def test_filters(client: httpx.Client, logs: Counted, query: str, fits: Any) -> None:
    found, _ = _pages(client, f"from=-3h&source!=hostile&limit=1000&{query}")
    assert Counter(map(_sent, found)) == _expected([one for one in logs.lines if fits(one)])


def test_a_window_is_that_of_the_lines(client: httpx.Client, logs: Counted) -> None:
    since, until = logs.began - timedelta(minutes=70), logs.began - timedelta(minutes=20)
    query = f"from={_text(since)}&to={_text(until)}&limit=1000"
    found, _ = _pages(client, query)
    fitting = [one for one in logs.lines if since <= one.at < until]
    assert Counter(map(_sent, found)) == _expected(fitting)


def _text(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def test_one_pattern(client: httpx.Client, logs: Counted) -> None:
    [ssh] = client.get("/api/v1/patterns?from=-3h&service=sshd").json()["items"]
    found, _ = _pages(client, f"from=-3h&pattern={ssh['uid']}&limit=1000")
    assert len(found) == ssh["count"]
    assert {line["pattern"] for line in found} == {ssh["uid"]}
    others, _ = _pages(client, f"from=-3h&source=auth,app&pattern!={ssh['uid']}&limit=1000")
    assert len(others) == logs.by("source")[("app",)]


def test_the_values_of_a_pattern(client: httpx.Client, logs: Counted) -> None:
    [ssh] = client.get("/api/v1/patterns?from=-3h&service=sshd").json()["items"]
    found = client.get(f"/api/v1/patterns/{ssh['uid']}/slots", params={"from": "-3h"}).json()
    assert found["fitting"] == found["lines"] > 0
    [slot] = found["slots"]
    assert slot["type"] == "IP"
    assert {one["value"] for one in slot["values"]} <= {f"10.0.0.{n}" for n in range(9)}
    assert sum(one["lines"] for one in slot["values"]) == found["fitting"]
    assert slot["distinct"] == len(slot["values"])


def test_hostile_lines_come_as_they_are_and_long_ones_cut(client: httpx.Client) -> None:
    found, _ = _pages(client, "from=-3h&source=hostile")
    texts = {line["text"] for line in found}
    assert {text for text in HOSTILE if len(text) < 4096} <= texts
    [long] = [line for line in found if line["cut"]]
    assert long["text"] == "x" * 4096 + "…"
    assert {line["host"] for line in found} == {"evil"}
    assert len(found) == len(HOSTILE)


def test_context_is_the_neighbourhood_in_the_source(client: httpx.Client, logs: Counted) -> None:
    found, _ = _pages(client, "from=-3h&source=db&limit=1000")
    order = sorted(found, key=lambda one: (one["partition"], one["offset"], one["line"]))
    for place in (0, 1, len(order) // 2, len(order) - 1):
        where = {name: order[place][name] for name in ("topic", "partition", "offset", "line")}
        answer = client.get(f"{_URL}/context", params=where | {"lines": 40}).json()
        expected = order[max(0, place - 40) : place + 41]
        assert [one["text"] for one in answer["items"]] == [one["text"] for one in expected]
        assert answer["items"][answer["place"]] == order[place]
        assert answer["more_before"] == (place > 40)
        assert answer["more_after"] == (place < len(order) - 41)
    missing = {"topic": order[0]["topic"], "partition": 0, "offset": 2**40, "line": 0}
    assert client.get(f"{_URL}/context", params=missing).status_code == 404
    assert client.get(f"{_URL}/context", params=missing | {"topic": "x"}).status_code == 404


def test_the_tail_gives_each_new_line_once(api: Served) -> None:
    """Without any worker: lines are there before they are counted."""
    lines = [f"tail line number {n}" for n in range(5)]
    with api.client() as client:

        def tail(after: str | None) -> dict[str, Any]:
            params = {"after": after} if after else {}
            found: dict[str, Any] = client.get(f"{_URL}/tail", params=params).json()
            return found

        first = tail(None)
        assert first["items"] == []
        asyncio.run(publish(api.settings, [LogBatch("tail", [line.encode()]) for line in lines]))
        new = tail(first["after"])
        assert sorted(line["text"] for line in new["items"]) == lines
        assert {line["pattern"] for line in new["items"]} == {None}
        done = tail(new["after"])
        assert (done["items"], done["skipped"]) == ([], 0)
        many = [LogBatch("tail", [f"line {n}".encode()]) for n in range(120)]
        asyncio.run(publish(api.settings, many))
        late = tail(new["after"])
        assert late["skipped"] == 70
        assert len(late["items"]) == 50
        assert tail(late["after"])["items"] == []
        few = client.get(f"{_URL}/tail", params={"after": new["after"], "limit": 20}).json()
        assert (len(few["items"]), few["skipped"]) == (20, 100)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?colour=red", "allowed: host, level, pattern, service, source, q, from, to"),
        ("?level=loud", "it is one of"),
        ("?cursor=WzFd", "another list"),
        ("?cursor=WyJhIiwxLDIsMyw0LDVd", "none of ours"),
        ("/tail?after=WzFd", "another list"),
        ("/context?topic=x", "see errors"),
    ],
)
def test_what_is_wrong_is_named(client: httpx.Client, query: str, said: str) -> None:
    answer = client.get(f"{_URL}{query}")
    assert answer.status_code == 422
    assert said in answer.json()["detail"]


def test_a_dead_reader_is_started_again(client: httpx.Client, logs: Counted) -> None:
    def readers() -> list[psutil.Process]:
        children = psutil.Process(logs.api.pid).children(recursive=True)
        return [one for one in children if "agents.read" in one.cmdline()]

    client.get(f"{_URL}?from=-3h&limit=1")
    for one in readers():
        one.kill()
        one.wait(10)
    for _ in range(2):
        answer = client.get(f"{_URL}?from=-3h&limit=1")
        if answer.status_code == 200:
            break
        assert answer.status_code == 503
    assert len(answer.json()["items"]) == 1
    assert len(readers()) == 1


def test_without_credentials_nothing_is_told(logs: Counted) -> None:
    with httpx.Client(base_url=logs.api.url) as client:
        for path in ("", "/tail", "/context?topic=x&partition=0&offset=0&line=0"):
            assert client.get(f"{_URL}{path}").status_code == 401


def test_now_is_utc(client: httpx.Client) -> None:
    page = client.get(f"{_URL}?from=-3h&limit=1").json()
    assert datetime.fromisoformat(page["items"][0]["time"]).tzinfo is not None
    assert datetime.fromisoformat(page["scanned"]["reached"]) <= datetime.now(UTC) + timedelta(
        minutes=2
    )
