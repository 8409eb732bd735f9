"""Lists as CSV: every row that matches, page by page as the client takes them.

Text from outside is shown as everywhere, and cannot be taken for a formula by a spreadsheet.
"""

import csv
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from fastapi import Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from api.audit import record
from api.permits import Caller
from schemas.display import shown
from schemas.pages import MAX_LIMIT, Page

MEDIA_TYPE: Final = "text/csv"
MAX_ROWS: Final = 100_000
ROW_LIMIT: Final = "X-Row-Limit"  # always there: more rows than so many are never sent
TRUNCATED: Final = "X-Truncated"  # `true` when it is known beforehand that there are more

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")

P = TypeVar("P", bound=Page[Any])
Fetch = Callable[[int, str | None], Awaitable[P]]


def wants_csv(request: Request) -> bool:
    """Whether the client asks for CSV rather than JSON: what it names first."""
    for part in request.headers.get("accept", "").split(","):
        kind = part.partition(";")[0].strip().lower()
        if kind in (MEDIA_TYPE, "application/json"):
            return kind == MEDIA_TYPE
    return False


def cell(value: Any) -> str:
    """One value as text: numbers as they are, times in RFC 3339, text harmless, lists with `; `."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        value = "; ".join(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return f"'{shown(text)}" if text.startswith(_FORMULA) else shown(text)


async def to_csv(
    request: Request, caller: Caller, noun: str, item: type[BaseModel], fetch: Fetch[P]
) -> StreamingResponse:
    """All that `fetch` (limit, cursor) gives, one page at a time; columns are the fields of `item`.

    The first page is read before the answer begins, so that what is wrong is still a problem.
    """
    first = await fetch(MAX_LIMIT, None)
    await _record_export(request, caller, noun)
    headers = {
        ROW_LIMIT: str(MAX_ROWS),
        "Content-Disposition": f'attachment; filename="{noun}.csv"',
        "Vary": "Accept",
    }
    if (first.total or 0) > MAX_ROWS:
        headers[TRUNCATED] = "true"
    rows = _rows(list(item.model_fields), first, fetch)
    return StreamingResponse(rows, media_type=f"{MEDIA_TYPE}; charset=utf-8", headers=headers)


async def _record_export(request: Request, caller: Caller, noun: str) -> None:
    """Who took what out, and with which filter."""
    async with request.app.state.database.writing() as connection:
        after = {"query": request.url.query}
        what = f"{noun.replace('-', '_')}.export"
        await record(connection, caller, request, what, request.url.path, after=after)


async def _rows(columns: list[str], page: P, fetch: Fetch[P]) -> AsyncIterator[str]:
    left = MAX_ROWS
    yield _lines([columns])
    while True:
        kept = page.items[:left]
        yield _lines([[cell(row.get(name)) for name in columns] for row in map(_fields, kept)])
        left -= len(kept)
        if not left or page.next_cursor is None:
            return
        page = await fetch(min(left, MAX_LIMIT), page.next_cursor)


def _fields(item: BaseModel) -> Mapping[str, Any]:
    return item.model_dump()


def _lines(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
