"""What ends a process, and what ends its work alone."""

import asyncio
from typing import NoReturn

import pytest

from agents.engine import loop


class Died(Exception):
    """Instead of the end of the process."""


@pytest.fixture(autouse=True)
def _dies(monkeypatch: pytest.MonkeyPatch) -> None:
    def die(event: str, error: BaseException) -> NoReturn:
        raise Died(f"{event}: {type(error).__name__}")

    monkeypatch.setattr(loop, "die", die)


async def leaking() -> None:
    raise asyncio.CancelledError


async def test_a_cancellation_that_leaks_from_a_library_is_no_quiet_end() -> None:
    with pytest.raises(Died, match="flush_failed: CancelledError"):
        await loop.or_die("flush_failed", leaking())


async def test_who_is_cancelled_ends_alone() -> None:
    task = asyncio.create_task(loop.or_die("flush_failed", asyncio.sleep(60)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
