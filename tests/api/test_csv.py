"""CSV: text is harmless in a spreadsheet, numbers stay numbers; exports that cost too much end."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone

import httpx
import pytest
from fastapi import Depends, FastAPI
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from api.csv import MAX_ROWS, Exports, Within, cell, rows_of
from api.problems import add_problems
from api.routes.logs import exporting
from api.tracing import Tracing
from schemas.pages import Page
from tests.connectors.sources.support import until


class Row(BaseModel):
    """Of a list with one column."""

    name: str


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        (True, "true"),
        (-5, "-5"),
        (-0.25, "-0.25"),
        ("-5", "'-5"),
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1", "'+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\\x09=1"),
        ("\r=1", "'\\x0d=1"),
        ("a=b", "a=b"),
        ("\x1b[31mred", "\\x1b[31mred"),
        (["=a", "b"], "'=a; b"),
        ({"info": 3}, '{"info": 3}'),
        (datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))), "2026-01-01T00:00:00Z"),
        (datetime(2026, 1, 1, tzinfo=UTC), "2026-01-01T00:00:00Z"),
    ],
)
def test_cells(value: object, expected: str) -> None:
    assert cell(value) == expected


async def _pages(_limit: int, _cursor: str | None) -> Page[Row]:
    """There is always more."""
    return Page(items=[Row(name="b")], next_cursor="more")


async def _exported(within: Within[Page[Row]] | None, first: Page[Row], rows: int) -> list[str]:
    """The first lines of an export, the columns left out, or all if they are fewer."""
    found = "".join(
        [text async for text in aislice(rows_of(["name"], first, _pages, within), rows)]
    )
    return found.splitlines()[1:]


async def aislice(texts: AsyncIterator[str], most: int) -> AsyncIterator[str]:
    for _ in range(most):
        try:
            yield await anext(texts)
        except StopAsyncIteration:
            return


async def test_an_export_that_took_its_time_ends_and_says_how_far_it_got() -> None:
    first = Page[Row](items=[Row(name="a")], next_cursor="more")
    within = Within[Page[Row]](0.0, lambda page: f"it got to {page.items[-1].name}")
    assert await _exported(within, first, 9) == ["a", "# cut after 0 s: it got to a; ask for less"]
    assert await _exported(None, first, 4) == ["a", "b", "b"]
    whole = Page[Row](items=[Row(name="a")], next_cursor=None)
    assert await _exported(within, whole, 9) == ["a"]


async def test_an_export_of_all_rows_that_are_sent_says_so() -> None:
    first = Page[Row](items=[Row(name="a")] * MAX_ROWS, next_cursor="more")
    within = Within[Page[Row]](600.0, lambda _: "it got to a")
    last = (await _exported(within, first, 9))[-1]
    assert last == '"# cut after 100,000 rows: it got to a; ask for less"'


async def test_a_third_export_of_lines_is_told_to_come_again() -> None:
    """Until one of the two was sent, or was given up."""
    app, go, begun = FastAPI(), asyncio.Event(), [0]
    app.state.log_exports = Exports("logs", 2)
    app.add_middleware(Tracing)
    add_problems(app)

    async def rows() -> AsyncIterator[bytes]:
        begun[0] += 1
        await go.wait()
        yield b"row"

    @app.get("/lines", dependencies=[Depends(exporting)])
    async def lines() -> StreamingResponse:
        return StreamingResponse(rows())

    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as client:

        async def ask(accept: str = "text/csv") -> httpx.Response:
            return await client.get("/lines", headers={"accept": accept})

        first, second = asyncio.create_task(ask()), asyncio.create_task(ask())
        await until(lambda: begun[0] == 2)
        third = await ask()
        assert (third.status_code, third.headers["Retry-After"]) == (503, "10")
        assert "2 exports of logs" in third.json()["detail"]
        first.cancel()
        await asyncio.wait([first])
        fourth, page = asyncio.create_task(ask()), asyncio.create_task(ask("application/json"))
        await until(lambda: begun[0] == 4)
        go.set()
        for answer in (second, fourth, page):
            assert (await answer).text == "row"
