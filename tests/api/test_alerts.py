"""Alerts over HTTP on the real stack: raised, found, decided on; by several at once."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg
import pytest

from schemas.alert_lists import ALERT_LIST
from schemas.settings import Settings
from schemas.topics import SIGNALS
from tests.agents.correlation.signals import signal
from tests.api.serving import Served, serving
from tests.flows.alerting import send
from tests.stack import RunningStack
from tests.workers import Workers, installation

pytestmark = pytest.mark.stack

_PATIENCE_SECONDS = 180.0
ALERTS = "/api/v1/alerts"


class Office:
    """A running installation with an API, and clients of it."""

    def __init__(self, settings: Settings, workers: Workers, served: Served) -> None:
        self.settings, self.workers, self.served = settings, workers, served

    @contextmanager
    def client(self) -> Iterator[httpx.Client]:
        with self.served.client() as client:
            yield client


@pytest.fixture(scope="module")
def office(stack: RunningStack) -> Iterator[Office]:
    settings = installation(stack)
    with Workers(settings, ("respond", "persist")) as workers, serving(settings) as served:
        office = Office(settings, workers, served)
        with office.client() as client:
            raise_one(client, "the first", source="warm-up")
        yield office


def settled(client: httpx.Client, answer: httpx.Response) -> dict[str, Any]:
    """The first item of an answer's operation, for a machine that takes longer than a second."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        found = client.get(answer.headers["Location"]).json()
        if found.get("state") == "done":
            item: dict[str, Any] = found["items"][0]
            return item
        assert time.monotonic() < until, found
        time.sleep(0.1)


def shown(client: httpx.Client, alert_id: str, version: int) -> dict[str, Any]:
    """The alert once lists have this version."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        found = client.get(f"{ALERTS}/{alert_id}")
        if found.status_code == 200 and found.json()["version"] >= version:
            row: dict[str, Any] = found.json()
            return row
        assert time.monotonic() < until, found.text
        time.sleep(0.1)


def decide(client: httpx.Client, path: str, body: Any = None, **headers: str) -> Any:
    """The alert after a decision, whether it took a second or longer."""
    answer = client.post(f"{ALERTS}{path}", json=body, headers=headers)
    if answer.status_code == 202:
        item = settled(client, answer)
        assert item["status"] == "applied", item
        return shown(client, item["id"], item["version"])
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def refusal(client: httpx.Client, path: str, body: Any = None, **headers: str) -> tuple[int, str]:
    """Status and reason of a decision that is not taken."""
    answer = client.post(f"{ALERTS}{path}", json=body, headers=headers)
    if answer.status_code == 202:
        item = settled(client, answer)
        return {"conflict": 412, "forbidden": 409}[item["status"]], item["reason"]
    return answer.status_code, answer.json()["detail"]


def raise_one(client: httpx.Client, title: str, **more: Any) -> Any:
    return decide(client, "", {"title": title, "severity": "high", "source": "phone"} | more)


def ids(client: httpx.Client, query: str) -> list[str]:
    return [one["id"] for one in client.get(f"{ALERTS}?{query}").json()["items"]]


def assert_pages_add_up(client: httpx.Client, url: str) -> None:
    """Page by page it is the list that comes at once, in the same order."""
    more = "&" if "?" in url else "?"
    whole = [one["id"] for one in client.get(f"{url}{more}limit=1000").json()["items"]]
    found, page = [], client.get(f"{url}{more}limit=2")
    while True:
        assert page.status_code == 200, page.text
        found += [one["id"] for one in page.json()["items"]]
        if "next" not in page.links:
            break
        page = client.get(page.links["next"]["url"])
    assert found == whole
    assert len(whole) > 4


def test_one_raises_an_alert_another_acknowledges_and_both_see_it(office: Office) -> None:
    with office.client() as kim, office.client() as lee:
        made = raise_one(kim, "Checkout is slow", labels={"service": "shop", "team": "web"})
        assert (made["type"], made["shown"], made["version"]) == ("manual", "firing", 1)
        assert made["id"] in ids(lee, "label.team=web&state=firing")
        decide(lee, f"/{made['id']}/acknowledge", {"text": "I look"}, **{"If-Match": '"1"'})
        assert made["id"] not in ids(kim, "label.team=web&state=firing")
        seen = kim.get(f"{ALERTS}/{made['id']}")
        assert (seen.json()["shown"], seen.headers["ETag"]) == ("acknowledged", '"2"')
        timeline = kim.get(f"{ALERTS}/{made['id']}/history").json()
    kinds = [(one["change"]["kind"], one["change"]["text"]) for one in timeline["items"]]
    assert kinds == [("acknowledge", "I look"), ("create", "")]
    assert timeline["total"] == 2


def test_who_has_seen_an_older_version_is_told(office: Office) -> None:
    with office.client() as client:
        made = raise_one(client, "seen by two")
        decide(client, f"/{made['id']}/assign", {"owner": "kim"}, **{"If-Match": '"1"'})
        status, reason = refusal(
            client, f"/{made['id']}/assign", {"owner": "lee"}, **{"If-Match": '"1"'}
        )
        assert (status, reason) == (412, "it is at version 2, not 1")
        assert client.get(f"{ALERTS}/{made['id']}").json()["owner"] == "kim"
        wrong = client.post(f"{ALERTS}/{made['id']}/resolve", headers={"If-Match": "yesterday"})
        assert wrong.status_code == 422


def test_what_the_state_forbids_is_refused_with_its_reason(office: Office) -> None:
    with office.client() as client:
        made = raise_one(client, "over soon")
        closed = decide(client, f"/{made['id']}/resolve", {"text": "done"})
        assert (closed["shown"], closed["acknowledged"]) == ("resolved", False)
        status, reason = refusal(client, f"/{made['id']}/acknowledge")
        assert (status, "it is over" in reason) == (409, True)
        said = decide(client, f"/{made['id']}/comment", {"text": "it was the cache"})
        assert (said["shown"], said["change"]["text"]) == ("resolved", "it was the cache")


def test_what_respond_cannot_take_now_is_accepted_and_taken_later(office: Office) -> None:
    with office.client() as client:
        made = raise_one(client, "nobody is there")
        office.workers.kill("respond-0")
        try:
            answer = client.post(f"{ALERTS}/{made['id']}/acknowledge")
            assert answer.status_code == 202
            where = answer.headers["Location"]
            assert client.get(where).json()["state"] == "pending"
            assert answer.json()["id"] == where.rpartition("/")[2]
        finally:
            office.workers.start("respond-0")
        assert settled(client, answer)["status"] == "applied"
        assert shown(client, made["id"], 2)["shown"] == "acknowledged"


def test_many_at_once_have_an_outcome_each(office: Office) -> None:
    with office.client() as client:
        made = [raise_one(client, f"bulk {n}", source="bulk")["id"] for n in range(3)]
        decide(client, f"/{made[0]}/resolve")
        body = {"action": "acknowledge", "ids": [*made, "nothing", made[1]]}
        answer = client.post(f"{ALERTS}:bulk", json=body)
        if answer.status_code == 202:
            settled(client, answer)
            items = client.get(answer.headers["Location"]).json()["items"]
        else:
            items = answer.json()["items"]
            assert answer.json()["applied"] == 2
            assert client.get(f"/api/v1/operations/{answer.json()['operation']}").status_code == 200
        found = {item["id"]: item["status"] for item in items if item["id"] != "nothing"}
        assert found == dict(zip(made, ["forbidden", "applied", "applied"], strict=True))
        shown(client, made[2], 2)
        frozen = {"action": "assign", "owner": "kim", "filter": "source=bulk&state=acknowledged"}
        client.post(f"{ALERTS}:bulk", json=frozen)
        shown(client, made[2], 3)
        assert sorted(ids(client, "source=bulk&owner=kim")) == sorted(made[1:])


def forget_answers(office: Office) -> None:
    """As it is after 503, when the broker gets a command although its sender was told to retry."""
    url = office.settings.database_url.get_secret_value()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("delete from idempotent_requests")


def test_what_is_sent_again_after_503_is_decided_once(office: Office) -> None:
    with office.client() as client:
        wish = {"title": "once", "severity": "high", "source": "again"}
        key = {"Idempotency-Key": "raised"}
        made = decide(client, "", wish, **key)
        forget_answers(office)
        assert decide(client, "", wish, **key)["id"] == made["id"]
        assert ids(client, "source=again") == [made["id"]]
        forget_answers(office)
        assert decide(client, "", wish | {"title": "twice"}, **key)["id"] != made["id"]
        forget_answers(office)
        for _ in range(2):
            said = decide(client, f"/{made['id']}/comment", {"text": "I look"}, **key)
            assert (said["version"], said["change"]["text"]) == (2, "I look")
            forget_answers(office)
        path = f"/{made['id']}/resolve"
        for _ in range(2):  # what became of the first is what the second hears
            status, reason = refusal(client, path, **key, **{"If-Match": '"1"'})
            assert (status, reason) == (412, "it is at version 2, not 1")
        assert decide(client, path, **key, **{"If-Match": '"2"'})["version"] == 3


def test_many_that_are_sent_again_have_the_first_outcomes(office: Office) -> None:
    """Also where the filter matches nothing any more, because it was done."""
    with office.client() as client:
        made = [raise_one(client, f"often {n}", source="often")["id"] for n in range(2)]
        key = {"Idempotency-Key": "often"}
        for asked in ({"filter": "source=often&state=firing"}, {"ids": [*made, "nothing"]}):
            body = {"action": "acknowledge", **asked}
            first = client.post(f"{ALERTS}:bulk", json=body, headers=key)
            if first.status_code == 202:
                settled(client, first)
            operation = first.json().get("operation") or first.json()["id"]
            forget_answers(office)
            again = client.post(f"{ALERTS}:bulk", json=body, headers=key)
            assert again.status_code == 200, again.text
            assert (again.json()["operation"], again.json()["applied"]) == (operation, 2)
            assert {one["id"] for one in again.json()["items"]} == {*made, *asked.get("ids", ())}
            forget_answers(office)


def test_alerts_of_signals_are_decided_on_where_signals_are(office: Office) -> None:
    one = signal(0, host="db-7", scope="metric:db-7/cpu_usage")
    asyncio.run(send(office.settings, SIGNALS, [one.model_dump_json().encode()]))
    with office.client() as client:
        until = time.monotonic() + _PATIENCE_SECONDS
        while not (found := ids(client, "host=db-7")):
            assert time.monotonic() < until
            time.sleep(0.1)
        decide(client, f"/{found[0]}/acknowledge")
        more = signal(0, host="db-7", scope="metric:db-7/cpu_usage", version=2, seen=1)
        asyncio.run(send(office.settings, SIGNALS, [more.model_dump_json().encode()]))
        assert shown(client, found[0], 3)["shown"] == "acknowledged"
        body = {"action": "comment", "ids": found, "text": "all"}
        assert client.post(f"{ALERTS}:bulk", json=body).status_code in (200, 202)
        assert shown(client, found[0], 4)["change"]["text"] == "all"
        before = client.get(f"{ALERTS}/{found[0]}/changes").json()
        assert before["place"] == "host db-7"


def test_lists_are_filtered_counted_and_paged(office: Office) -> None:
    with office.client() as client:
        for severity in ("low", "P1", "warning", "info", "high"):
            raise_one(client, f"page 100%_{severity}", source="pages", severity=severity)
        rows = client.get(f"{ALERTS}?source=pages").json()
        worst = [one["severity"] for one in rows["items"]]
        assert worst == ["critical", "high", "warning", "info", "low"]
        assert rows["total"] == 5
        found, url = [], f"{ALERTS}?source=pages&limit=2&sort=-first_seen"
        while url:
            page = client.get(url)
            found += [one["source_severity"] for one in page.json()["items"]]
            url = page.links.get("next", {}).get("url", "")
        assert found == ["high", "info", "warning", "P1", "low"]
        for sort in ("", *ALERT_LIST.sorts, *(f"-{name}" for name in ALERT_LIST.sorts)):
            assert_pages_add_up(client, f"{ALERTS}?source=pages&sort={sort}" if sort else ALERTS)
        assert len(ids(client, "source=pages&q=100%25_L")) == 1
        assert len(ids(client, "source=pages&severity%3E=warning")) == 3
        facets = client.get(f"{ALERTS}/facets?source=pages&severity=low").json()
        assert facets["total"] == 1
        assert [one["value"] for one in facets["facets"]["severity"]] == worst
        assert facets["facets"]["type"] == [{"value": "manual", "count": 1}]
        csv = client.get(f"{ALERTS}?source=pages", headers={"Accept": "text/csv"})
        assert len(csv.text.strip().splitlines()) == 6


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("", {"title": "x", "severity": "purple", "source": "y"}, 422),
        ("", {"title": " ", "severity": "low", "source": "y"}, 422),
        ("/nothing/acknowledge", None, 404),
        ("/nothing/comment", {"text": ""}, 422),
        (":bulk", {"action": "assign", "ids": ["a"]}, 422),
        (":bulk", {"action": "resolve"}, 422),
        (":bulk", {"action": "resolve", "filter": "colour=red"}, 422),
    ],
    ids=["severity", "title", "unknown", "comment", "owner", "targets", "filter"],
)
def test_what_cannot_be_done_is_refused(office: Office, path: str, body: Any, status: int) -> None:
    with office.client() as client:
        answer = client.post(f"{ALERTS}{path}", json=body)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path", ["?cursor=x", "?sort=colour", "/x", "/x/history", "/x/changes", "?limit=0"]
)
def test_questions_without_an_answer(office: Office, path: str) -> None:
    with office.client() as client:
        assert client.get(f"{ALERTS}{path}").status_code in (404, 422)
        assert client.get("/api/v1/operations/none").status_code == 404
