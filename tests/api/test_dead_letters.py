"""Dead letters over HTTP: found, read, sent again and purged as the CLI does it."""

import asyncio
import csv
import io
from typing import Any

import pytest

from connectors import deadletters
from connectors.ledger import draw_up
from schemas.logs import LogBatch
from schemas.roles import Role
from tests.api.piped import Piped, until
from tests.workers import books, publish

pytestmark = pytest.mark.stack


def bury(piped: Piped, source: str, count: int) -> list[dict[str, Any]]:
    """Letters of a source, one a line that is not UTF-8; the newest first."""
    lines = [b"\xff\xfe line %d of %s" % (n, source.encode()) for n in range(count)]
    asyncio.run(publish(piped.settings, [LogBatch(source, lines)]))
    piped.settled(source, count)

    def there() -> Any:
        asked = {"source": source.replace(",", "\\,"), "limit": 1000}
        found = piped.get("/dead-letters", **asked)["items"]
        return found if len(found) == count else None

    found: list[dict[str, Any]] = until(there)
    return found


def test_pages_hold_each_letter_once_the_newest_first(piped: Piped) -> None:
    letters = bury(piped, "dead/pages", 30)
    found: list[str] = []
    cursor: str | None = None
    while True:
        asked = {"source": "dead/pages", "limit": 7} | ({"cursor": cursor} if cursor else {})
        page = piped.get("/dead-letters", **asked)
        found += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            assert page["complete"]
            break
    assert found == [letter["id"] for letter in letters]
    offsets = [int(id_.partition("-")[2]) for id_ in found]
    assert offsets == sorted(offsets, reverse=True)


def test_filters_restrict(piped: Piped) -> None:
    letter = bury(piped, "dead/filters", 1)[0]
    for name in ("reason", "topic", "stage"):
        asked = {"source": "dead/filters", name: letter[name]}
        assert len(piped.get("/dead-letters", **asked)["items"]) == 1
        asked[name] = "another"
        assert piped.get("/dead-letters", **asked)["items"] == []
    early = {"source": "dead/filters", "to": letter["at"]}
    assert piped.get("/dead-letters", **early)["items"] == []
    late = {"source": "dead/filters", "from": letter["at"]}
    assert len(piped.get("/dead-letters", **late)["items"]) == 1


def test_the_grammar_of_lists_holds_for_letters_too(piped: Piped) -> None:
    letters = bury(piped, "dead/gram,mar", 3)
    size = letters[0]["bytes"]

    def found(query: str) -> list[str]:
        with piped.api.client() as client:
            answer = client.get(f"/api/v1/dead-letters?source=dead/gram\\,mar&{query}")
        assert answer.status_code == 200, answer.text
        assert answer.json()["total"] is None
        return [item["id"] for item in answer.json()["items"]]

    every = [letter["id"] for letter in letters]
    assert found(f"bytes>={size}&from=-1h") == every
    assert found(f"bytes>{size}") == found("to=-1h") == found("brought_back=true") == []
    assert found("stage!=parse") == []
    assert found("stage!=persist&reason=another&reason=" + letters[0]["reason"]) == every
    assert isinstance(piped.get("/dead-letters", limit=1)["total"], int)
    with piped.api.client() as client:
        for wrong in ("colour=red", "sort=at", "bytes>much", "from=soon", "brought_back=perhaps"):
            answer = client.get(f"/api/v1/dead-letters?{wrong}")
            assert (answer.status_code, answer.json()["title"]) == (422, "Unprocessable Entity")


def test_letters_come_as_csv_that_no_spreadsheet_runs(piped: Piped) -> None:
    """With the first bytes for those alone who may see them."""
    letters = bury(piped, "@dead/csv", 7)
    rows = {}
    for role in (Role.VIEWER, Role.OPERATOR):
        with piped.api.as_role(role, Accept="text/csv") as client:
            answer = client.get("/api/v1/dead-letters?source=@dead/csv")
        assert answer.headers["content-disposition"] == 'attachment; filename="dead-letters.csv"'
        rows[role] = list(csv.DictReader(io.StringIO(answer.text)))
        assert [row["id"] for row in rows[role]] == [letter["id"] for letter in letters]
        assert {row["source"] for row in rows[role]} == {"'@dead/csv"}
    assert {row["preview"] for row in rows[Role.VIEWER]} == {""}
    assert "line 6 of @dead/csv" in rows[Role.OPERATOR][0]["preview"]
    (entry,) = piped.get("/audit", what="dead_letters.export", limit=1)["items"]
    assert "dead/csv" in entry["after"]["query"]


def test_the_bytes_come_as_a_download(piped: Piped) -> None:
    letter = bury(piped, "dead/raw", 1)[0]
    assert piped.get(f"/dead-letters/{letter['id']}") == letter
    with piped.api.client() as client:
        answer = client.get(f"/api/v1/dead-letters/{letter['id']}/raw")
    assert answer.content == b"\xff\xfe line 0 of dead/raw"
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("id_", ["0-999999999", "1-0", "nonsense", "0-" + "9" * 30])
def test_what_is_not_there_is_said(piped: Piped, id_: str) -> None:
    with piped.api.client() as client:
        answer = client.get(f"/api/v1/dead-letters/{id_}")
    assert answer.status_code == (404 if id_ == "0-999999999" else 422)


def test_a_replay_moves_lines_as_that_of_the_cli(piped: Piped) -> None:
    """Both bury a line that is oversized in none; a line that is good by now moves to parsed."""
    records = {}
    for way in ("api", "cli"):
        letters = bury(piped, f"dead/replay-{way}", 3)
        records[way] = [letter["id"] for letter in letters]
    results = piped.post("/dead-letters:replay", {"ids": records["api"]})
    assert [result["status"] for result in results["results"]] == ["sent"] * 3
    read = asyncio.run(deadletters.read_all(piped.settings))
    theirs = [letter for letter in read if letter.source == "dead/replay-cli"]
    assert asyncio.run(deadletters.replay(piped.settings, theirs)) == 3

    def same() -> bool:
        ledger = asyncio.run(draw_up(piped.settings))
        found = books(ledger)
        one, two = (found[f"dead/replay-{way}"] for way in ("api", "cli"))
        settled = ledger.in_flight == 0 and ledger.balanced
        return settled and one.model_copy(update={"source": two.source}) == two

    until(same)


def test_a_letter_that_can_be_read_by_now_is_brought_back_once(piped: Piped) -> None:
    letter = asyncio.run(_dead_by_hand(piped))
    for _ in range(2):
        piped.post("/dead-letters:replay", {"ids": [letter]})
    book = until(lambda: _book(piped, "dead/hand", stored=1))
    assert (book["accepted"], book["dead_lettered"]) == (0, -1)
    assert until(lambda: piped.get(f"/dead-letters/{letter}")["brought_back"])
    again = piped.post("/dead-letters:replay", {"filter": "source=dead/hand"})
    assert [result["status"] for result in again["results"]] == ["already_back"]


def _book(piped: Piped, source: str, stored: int) -> Any:
    book = piped.book(source)
    return book if book["stored"] == stored and not book["in_flight"] else None


async def _dead_by_hand(piped: Piped) -> str:
    """The letter of a line that can be parsed, as one whose format was not known then."""
    from aiokafka import AIOKafkaProducer

    from connectors.kafka import producer_options, topic_name
    from schemas import headers
    from schemas.topics import DLQ

    about = {
        headers.DEAD_ID: "by-hand#0",
        headers.DEAD_STAGE: "parse",
        headers.DEAD_TOPIC: "logs.raw",
        headers.DEAD_REASON: "by hand",
        headers.SOURCE: "dead/hand",
        headers.LINES: "1",
    }
    producer = AIOKafkaProducer(**producer_options(piped.settings))
    await producer.start()
    try:
        sent = await producer.send_and_wait(
            topic_name(piped.settings, DLQ),
            b"a line that is good by now",
            headers=[(name, value.encode()) for name, value in about.items()],
        )
    finally:
        await producer.stop()
    return f"{sent.partition}-{sent.offset}"


def test_purged_letters_are_shown_to_nobody(piped: Piped) -> None:
    letters = bury(piped, "dead/purge", 4)
    gone = [letters[0]["id"], letters[2]["id"]]
    asked = {"ids": [*gone, "0-999999999", "nonsense"]}
    results = {
        one["id"]: one["status"] for one in piped.post("/dead-letters:purge", asked)["results"]
    }
    assert {results[id_] for id_ in gone} <= {"hidden", "purged"}
    assert results["0-999999999"] == results["nonsense"] == "not_found"
    left = [item["id"] for item in piped.get("/dead-letters", source="dead/purge")["items"]]
    assert left == [letters[1]["id"], letters[3]["id"]]
    with piped.api.client() as client:
        assert client.get(f"/api/v1/dead-letters/{gone[0]}/raw").status_code == 404
    found = asyncio.run(deadletters.read_all(piped.settings))
    assert len([letter for letter in found if letter.source == "dead/purge"]) == 2
    again = piped.post("/dead-letters:replay", {"ids": gone})
    assert {one["status"] for one in again["results"]} == {"not_found"}


def test_a_choice_is_by_ids_or_by_a_filter(piped: Piped) -> None:
    wrong: list[Any] = [{}, {"ids": [], "filter": ""}, {"filter": "colour=red"}]
    wrong.append({"filter": "limit=1"})  # of the list, not of the filter: never "all of them"
    for body in wrong:
        for deed in ("replay", "purge"):
            piped.post(f"/dead-letters:{deed}", body, status=422)
