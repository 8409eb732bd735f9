"""The books of sources over HTTP: the same numbers as the ledger, by lines and by points."""

import asyncio
import csv
import io
import json
from typing import Any

import pytest

from connectors.ledger import draw_up
from schemas.logs import LogBatch
from tests.api.piped import Piped, until
from tests.workers import publish

pytestmark = pytest.mark.stack


def _send(piped: Piped, source: str, lines: list[bytes]) -> None:
    asyncio.run(publish(piped.settings, [LogBatch(source, lines)]))


def test_a_source_is_listed_with_its_books(piped: Piped) -> None:
    _send(piped, "files/books", [b"request %d done" % n for n in range(700)])
    book = piped.settled("files/books", 700)
    assert (book["accepted"], book["stored"], book["deduplicated"]) == (700, 700, 0)
    assert book["rate_per_s"] > 0
    assert book["last_seen"] is not None
    assert book["lag_seconds"] == 0
    listed = piped.get("/sources", q="FILES/BOOKS")["items"]
    assert [item["source"] for item in listed] == ["files/books"]


def test_a_source_of_points_stands_beside_that_of_lines(piped: Piped) -> None:
    with piped.api.producer() as client:
        sent = [{"message": "hello"}, {"metric": "cpu_usage", "value": 3.5, "host": "a-host"}]
        answer = client.post("/webhooks/generic?source=both", json=sent)
        assert answer.status_code == 202, answer.text
    until(lambda: piped.book("both")["stored"] == 1)
    until(lambda: len(piped.get("/sources/both")["items"]) == 2)
    until(lambda: piped.book("both", "points")["stored"] == 1)


def test_sums_are_those_of_the_ledger(piped: Piped) -> None:
    _send(piped, "sums", [b"one", b"two", b"\xff\xfe bad"])
    piped.settled("sums", 3)
    ledger = asyncio.run(draw_up(piped.settings))
    for line in ledger.sources:
        if line.source in ("sums", "files/books"):
            book = piped.book(line.source)
            found = [book[k] for k in ("accepted", "stored", "deduplicated", "dead_lettered")]
            assert found == [line.accepted, line.parsed, line.deduplicated, line.dead_lettered]


def test_pages_follow_each_other_in_any_order(piped: Piped) -> None:
    names = [f"page/{n}" for n in range(5)]
    for number, name in enumerate(names):
        _send(piped, name, [b"line"] * (number + 1))
    for number, name in enumerate(names):
        piped.settled(name, number + 1)
    for sort, wanted in (("source", names), ("-accepted", names[::-1])):
        found: list[str] = []
        cursor = None
        while True:
            asked = {"q": "page/", "sort": sort, "limit": 2}
            page = piped.get("/sources", **asked, **({"cursor": cursor} if cursor else {}))
            assert page["total"] == 5
            found += [item["source"] for item in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert found == wanted


def test_the_newest_dead_letter_is_the_last_error(piped: Piped) -> None:
    _send(piped, "erring", [b"fine", b"\xff\xfe not UTF-8"])
    piped.settled("erring", 2)
    error = until(lambda: piped.book("erring")["last_error"])
    letter = piped.get(f"/dead-letters/{error['letter']}")
    assert (letter["source"], letter["reason"]) == ("erring", error["reason"])


def test_a_test_event_arrives_as_a_line_of_its_source(piped: Piped) -> None:
    sent = piped.post("/sources/tested%2Fone/test", status=202)
    assert sent["source"] == "tested/one"
    assert sent["marker"] in sent["line"]
    assert piped.settled("tested/one", 1)["stored"] == 1


@pytest.mark.parametrize("name", ["demo%2Fweb-1", "%20", "x" * 201])
def test_a_name_that_cannot_be_is_refused(piped: Piped, name: str) -> None:
    with piped.api.client() as client:
        answer = client.post(f"/api/v1/sources/{name}/test")
    assert answer.status_code == 422, answer.text


def test_what_nobody_sent_is_not_found(piped: Piped) -> None:
    with piped.api.client() as client:
        assert client.get("/api/v1/sources/nobody").status_code == 404
        assert client.get("/api/v1/sources?cursor=nonsense").status_code == 422
        assert client.get("/api/v1/sources?colour=red").status_code == 422


def test_sources_are_filtered_by_what_they_hold(piped: Piped) -> None:
    """Numbers are compared with what is shown."""
    for name, count in (("filter/a,b", 3), ("filter/small", 1), ("filter/large", 9)):
        _send(piped, name, [b"line %d" % n for n in range(count)])
    for name, count in (("filter/a,b", 3), ("filter/small", 1), ("filter/large", 9)):
        piped.settled(name, count)

    def names(query: str) -> list[str]:
        items = until(lambda: _answered(piped, f"/api/v1/sources?q=filter/&{query}"))["items"]
        return [item["source"].removeprefix("filter/") for item in items]

    assert names("") == ["a,b", "large", "small"]
    assert names("sort=-source") == ["small", "large", "a,b"]
    assert names("accepted>=3") == ["a,b", "large"]
    assert names("accepted>=3&sort=-accepted") == ["large", "a,b"]
    assert names("accepted=1,9&sort=accepted") == ["small", "large"]
    assert names("source=filter/a\\,b") == ["a,b"]
    assert names("source!=filter/a\\,b,filter/large") == ["small"]
    assert names("kind=points") == names("demo=true") == names("silent=true") == []
    assert names("last_seen>-1h&dead_lettered=0&sort=-dead_lettered") == ["a,b", "large", "small"]
    assert names("last_seen<-1h") == []


def _answered(piped: Piped, url: str) -> Any:
    """The JSON, once the machine has the time for it."""
    with piped.api.client() as client:
        answer = client.get(url)
    assert answer.status_code in (200, 503), answer.text
    return answer.json() if answer.status_code == 200 else None


def test_books_come_as_csv_that_no_spreadsheet_runs(piped: Piped) -> None:
    _send(piped, "=csv/1+1", [b"fine", b"\xff\xfe not UTF-8"])
    piped.settled("=csv/1+1", 2)
    until(lambda: piped.book("=csv/1+1")["last_error"])
    with piped.api.client(Accept="text/csv") as client:
        answer = client.get("/api/v1/sources", params={"q": "csv/1+1"})
        assert client.get("/api/v1/sources?colour=red").status_code == 422
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["x-row-limit"] == "100000"
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert row["source"] == "'=csv/1+1"
    assert (row["accepted"], row["dead_lettered"], row["silent"]) == ("2", "1", "false")
    assert json.loads(row["last_error"])["reason"]
    (entry,) = piped.get("/audit", what="sources.export", limit=1)["items"]
    assert "csv" in entry["after"]["query"]
