"""The ledger, the stages and the topics over HTTP; and what they say while the broker is away."""

import asyncio
import socket
from typing import Any

import pytest

from connectors.ledger import draw_up
from connectors.stages import STAGES, rate, state_of
from schemas.logs import LogBatch
from schemas.topics import TOPICS
from tests.api.piped import Piped, until
from tests.api.serving import serving
from tests.stack import RunningStack
from tests.workers import installation, publish


@pytest.mark.stack
def test_the_ledger_is_that_of_the_command(piped: Piped) -> None:
    asyncio.run(publish(piped.settings, [LogBatch("pipe/ledger", [b"a", b"b"])]))
    piped.settled("pipe/ledger", 2)

    def same() -> bool:
        ours = piped.get("/pipeline/ledger")
        theirs = asyncio.run(draw_up(piped.settings)).model_dump()
        assert ours["balanced"], ours["faults"]
        return bool(ours.pop("records_in_flight") == 0 and ours.pop("at") and ours == theirs)

    until(same, lambda: piped.get("/pipeline/ledger"))


@pytest.mark.stack
def test_stages_say_how_far_they_are_and_who_works(piped: Piped) -> None:
    piped.get("/pipeline/stages")
    asyncio.run(publish(piped.settings, [LogBatch("pipe/stages", [b"line"])] * 50))
    piped.settled("pipe/stages", 50)

    def caught_up() -> Any:
        found = {item["stage"]: item for item in piped.get("/pipeline/stages")["items"]}
        done = all(found[name]["lag_records"] == 0 for name in ("parse", "persist"))
        return found if done and found["parse"]["rate_out"] else None

    found = until(caught_up, lambda: piped.get("/pipeline/stages"))
    assert list(found) == [stage.name for stage in STAGES]
    assert (found["parse"]["state"], found["parse"]["members"]) == ("ok", 1)
    assert found["parse"]["lag_seconds"] == 0
    assert (found["respond"]["state"], found["respond"]["members"]) == ("stopped", 0)
    # Nobody reads for the app `metrics` here, so its records wait and grow older.
    assert found["rate"]["lag_records"] > 0
    assert found["rate"]["lag_seconds"] > 0
    assert found["rate"]["state"] == "stopped"


@pytest.mark.stack
def test_topics_are_those_declared(piped: Piped) -> None:
    found = piped.get("/pipeline/topics")["items"]
    prefix = piped.settings.topic_prefix
    assert [item["name"] for item in found] == [prefix + topic.name for topic in TOPICS]
    assert all(item["exists"] for item in found)
    for item in found:
        assert item["records"] == sum(part["end"] - part["start"] for part in item["offsets"])


@pytest.mark.parametrize(
    ("members", "lag", "seconds", "state"),
    [
        (1, 0, 0.0, "ok"),
        (1, 100, 9.0, "ok"),
        (1, 100, 11.0, "behind"),
        (1, 100, None, "ok"),
        (0, 0, 0.0, "stopped"),
    ],
)
def test_the_state_of_a_stage(members: int, lag: int, seconds: float | None, state: str) -> None:
    assert state_of(members, lag, seconds) == state


def test_a_rate_needs_two_looks() -> None:
    assert rate(None, 5, 1.0) is None
    assert rate(5, 5, 0.0) is None
    assert rate(9, 5, 1.0) is None  # the topic was made anew
    assert rate(5, 15, 2.0) == 5.0


@pytest.mark.stack
def test_without_a_broker_nobody_waits_long(stack: RunningStack) -> None:
    settings = installation(stack)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nowhere = f"127.0.0.1:{closed.getsockname()[1]}"
        away = settings.model_copy(update={"kafka_bootstrap_servers": nowhere})
        with serving(away, ready=False) as api, api.client() as client:
            for path in ("pipeline/stages", "pipeline/topics", "pipeline/ledger", "dead-letters"):
                answer = client.get(f"/api/v1/{path}")
                assert answer.status_code == 503, answer.text
                assert int(answer.headers["Retry-After"]) >= 1
            answer = client.get("/api/v1/sources")
            assert (answer.status_code, answer.json()["items"]) == (200, [])
            assert client.post("/api/v1/sources/any/test").status_code == 503
            assert client.post("/api/v1/dead-letters:replay", json={"ids": []}).status_code == 503
