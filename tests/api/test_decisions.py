"""How a decision's result comes back to whoever waits for it."""

import asyncio
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from api.decisions import Decisions
from schemas.commands import Actor, Command, CommandResult, DecidedItem, Target
from schemas.settings import load

COMMAND = Command(
    id="c1",
    kind="resolve",
    targets=[Target(id="a1")],
    by=Actor(id="u1", name="ada"),
    at=datetime(2026, 1, 1, tzinfo=UTC),
)
RESULT = CommandResult(id="c1", items=[DecidedItem(id="a1", status="applied", version=2)])


class Publisher:
    """Acknowledges at once."""

    async def send_command(self, _command: Command) -> asyncio.Future[None]:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done


class Outlet:
    """A way to a broker that is well."""

    publisher = Publisher()


async def test_what_is_heard_while_one_waits_is_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table is for results that were missed."""
    decisions = Decisions(load(_env_file=None), cast(Any, Outlet()), cast(Any, None))

    async def shows(_wanted: dict[str, int]) -> bool:
        return True

    async def looked_up(_id: str) -> None:
        raise AssertionError("nothing was missed")

    monkeypatch.setattr(decisions, "_shows", shows)
    monkeypatch.setattr(decisions, "_looked_up", looked_up)
    await decisions.send(COMMAND)
    asyncio.get_running_loop().call_later(0.05, decisions._heard, RESULT)
    assert await decisions.outcome(COMMAND) == RESULT
    decisions.forget(COMMAND)
    decisions._heard(RESULT)  # for nobody
