"""What goes back to where it came from, and what cannot."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors import deadletters
from connectors.deadletters import DeadLetter, can_be_replayed
from schemas.topics import LETTER_BYTES
from tests.stack import RunningStack
from tests.workers import installation


def letter(**changes: Any) -> DeadLetter:
    fields: dict[str, Any] = {
        "id": "r:0-9#-1", "source": "app", "stage": "parse", "reason": "undecodable", "detail": "",
        "lines": 1, "points": 0, "topic": "logs.raw", "partition": 0, "offset": 1,
        "at": datetime(2024, 1, 2, tzinfo=UTC), "brought_back": False, "schema_name": None,
        "range": None, "trace": None, "value": b"x",
    }  # fmt: skip
    return DeadLetter(**fields | changes)


def test_only_whole_letters_from_outside_go_back() -> None:
    assert can_be_replayed(letter())
    assert not can_be_replayed(letter(stage="respond"))
    assert can_be_replayed(letter(value=b"x" * (LETTER_BYTES - 1)))
    assert not can_be_replayed(letter(value=b"x" * LETTER_BYTES))


@pytest.mark.stack
def test_one_that_is_too_large_keeps_no_other_back(stack: RunningStack) -> None:
    settings = installation(stack)
    large = letter(id="large#-1", value=b"x" * LETTER_BYTES)
    assert asyncio.run(deadletters.replay(settings, [letter(), large, letter(id="b#-1")])) == 2
