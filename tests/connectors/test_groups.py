"""How far an app has come, as others see it."""

import asyncio
import time

import pytest

from connectors.groups import oldest_unread
from schemas.errors import Unavailable
from schemas.logs import LogBatch
from schemas.settings import Settings
from schemas.topics import LOGS_RAW
from tests.stack import RunningStack
from tests.workers import Workers, installation, publish, settled

pytestmark = pytest.mark.stack


def unread(settings: Settings) -> int | None:
    """Asked again while the broker has no group yet and makes the place for the first."""
    until = time.monotonic() + 60
    while True:
        try:
            return asyncio.run(oldest_unread(settings, "ingest", LOGS_RAW))
        except Unavailable:
            if time.monotonic() > until:
                raise
            time.sleep(0.5)


def test_what_nobody_has_read_is_unread_since_it_came(stack: RunningStack) -> None:
    settings = installation(stack)
    assert unread(settings) is None
    before = time.time() * 1000
    asyncio.run(publish(settings, [LogBatch("app", [b"one line"]), LogBatch("app", [b"another"])]))
    found = unread(settings)
    assert found is not None
    assert before - 1000 <= found <= time.time() * 1000 + 1000


def test_what_was_read_is_not(stack: RunningStack) -> None:
    settings = installation(stack)
    with Workers(settings, ("ingest", "persist")) as workers:
        asyncio.run(publish(settings, [LogBatch("app", [b"one line"])]))
        settled(workers, 1)
        until = time.monotonic() + 60
        while unread(settings) is not None:
            assert time.monotonic() < until
            time.sleep(0.5)
