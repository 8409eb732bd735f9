"""Answers that are worked out once for all who ask."""

import asyncio

import pytest

from api.sharing import Shared
from schemas.errors import Unavailable


async def test_who_asks_at_once_waits_for_one_answer() -> None:
    shared = Shared[int](seconds=60)
    worked: list[str] = []
    ready = asyncio.Event()

    async def work_out() -> int:
        worked.append("x")
        await ready.wait()
        return len(worked)

    asking = [asyncio.create_task(shared.get("q", work_out)) for _ in range(5)]
    await asyncio.sleep(0)
    asking[0].cancel()  # who goes away does not disturb the others
    ready.set()
    found = await asyncio.gather(*asking, return_exceptions=True)
    assert isinstance(found[0], asyncio.CancelledError)
    assert found[1:] == [1] * 4
    assert await shared.get("q", work_out) == 1  # kept
    assert await shared.get("other", work_out) == 2
    await shared.close()


async def test_old_answers_and_faults_are_not_kept() -> None:
    shared = Shared[int](seconds=0)
    count = 0

    async def work_out() -> int:
        nonlocal count
        count += 1
        if count == 1:
            raise Unavailable("postgres")
        return count

    with pytest.raises(Unavailable):
        await shared.get("q", work_out)
    assert [await shared.get("q", work_out) for _ in range(2)] == [2, 3]
