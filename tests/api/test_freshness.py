"""Answers worked out once for all who ask."""

import asyncio

import pytest

from api.freshness import Fresh
from schemas.errors import Unavailable


async def test_all_who_ask_together_wait_for_one_answer() -> None:
    made = 0

    async def make() -> int:
        nonlocal made
        made += 1
        await asyncio.sleep(0.01)
        return made

    fresh = Fresh(make, 60)
    assert await asyncio.gather(*(fresh.get() for _ in range(20))) == [1] * 20
    assert await fresh.get() == 1


async def test_an_answer_is_not_kept_for_longer_than_said() -> None:
    made = 0

    async def make() -> int:
        nonlocal made
        made += 1
        return made

    fresh = Fresh(make, 0)
    assert await fresh.get() == 1
    await asyncio.sleep(0.05)
    assert await fresh.get() == 2


async def test_a_failure_is_told_to_all_and_tried_again_later() -> None:
    tried = 0

    async def make() -> int:
        nonlocal tried
        tried += 1
        if tried == 1:
            raise Unavailable("kafka")
        return tried

    fresh = Fresh(make, 0.2)
    for _ in range(2):
        with pytest.raises(Unavailable):
            await fresh.get()
    assert tried == 1
    await asyncio.sleep(0.3)
    assert await fresh.get() == 2


async def test_nobody_waits_longer_than_the_patience() -> None:
    going = asyncio.Event()

    async def make() -> int:
        await going.wait()
        return 1

    fresh = Fresh(make, 60, patience=0.05)
    with pytest.raises(Unavailable):
        await fresh.get()
    going.set()
    assert await fresh.get() == 1
    await fresh.close()
