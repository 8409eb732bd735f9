"""Waiting for the books looks at ends of logs, and seldom reads what others have to read."""

import asyncio

import pytest

from connectors.cli import ledger as command
from connectors.cli.ledger import BALANCED, IN_FLIGHT, wait_balanced
from connectors.ledger import draw_up, unread
from connectors.publish import batch_headers
from connectors.topic_log import OwnLogs
from schemas.ledger import Ledger
from schemas.logs import LogBatch, encode_batch
from schemas.settings import Settings
from tests.stack import RunningStack
from tests.workers import Workers, installation, produce

pytestmark = pytest.mark.stack

RECORDS = 120


@pytest.fixture
def settings(stack: RunningStack) -> Settings:
    """An installation with records that nobody has read yet."""
    found = installation(stack)
    one = LogBatch("app", [b"a line"])
    records = [(b"%d" % n, encode_batch(one), batch_headers(one, f"r:{n}")) for n in range(RECORDS)]
    asyncio.run(produce(found, records))
    return found


def test_while_much_is_unread_the_books_are_seldom_drawn_up(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[int] = []

    async def counted(of: Settings, source: str | None = None) -> Ledger:
        drawn.append(1)
        return await draw_up(of, source)

    monkeypatch.setattr(command, "draw_up", counted)
    monkeypatch.setattr(command, "_FIRST_REST_SECONDS", 1_000.0)
    ledger, code = wait_balanced(settings, ["app"], 3)
    assert (code, ledger.in_flight_of(["app"])) == (IN_FLIGHT, RECORDS)
    assert len(drawn) == 1


def test_it_ends_as_soon_as_all_is_in(settings: Settings) -> None:
    assert asyncio.run(unread(settings, OwnLogs(settings))) == RECORDS
    with Workers(settings, ("ingest", "persist")):
        ledger, code = wait_balanced(settings, ["app"], 120)
    assert (code, ledger.in_flight_of(["app"])) == (BALANCED, 0)
    assert asyncio.run(unread(settings, OwnLogs(settings))) == 0


def test_without_a_wait_the_books_are_those_of_now(settings: Settings) -> None:
    ledger, code = wait_balanced(settings)
    assert (code, ledger.in_flight) == (IN_FLIGHT, RECORDS)
