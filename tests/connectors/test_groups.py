"""How far an app has come, as others see it."""

import asyncio
import time

import pytest

from connectors.groups import oldest_unread
from schemas.logs import LogBatch
from schemas.topics import LOGS_RAW
from tests.stack import RunningStack
from tests.workers import Workers, installation, publish, settled

pytestmark = pytest.mark.stack


def test_what_nobody_has_read_is_unread_since_it_came(stack: RunningStack) -> None:
    settings = installation(stack)
    assert asyncio.run(oldest_unread(settings, "ingest", LOGS_RAW)) is None
    before = time.time() * 1000
    asyncio.run(publish(settings, [LogBatch("app", [b"one line"]), LogBatch("app", [b"another"])]))
    found = asyncio.run(oldest_unread(settings, "ingest", LOGS_RAW))
    assert found is not None
    assert before - 1000 <= found <= time.time() * 1000 + 1000


def test_what_was_read_is_not(stack: RunningStack) -> None:
    settings = installation(stack)
    with Workers(settings, ("ingest", "persist")) as workers:
        asyncio.run(publish(settings, [LogBatch("app", [b"one line"])]))
        settled(workers, 1)
        until = time.monotonic() + 60
        while asyncio.run(oldest_unread(settings, "ingest", LOGS_RAW)) is not None:
            assert time.monotonic() < until
            time.sleep(0.5)
