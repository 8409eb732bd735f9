"""Lists as CSV: every row that matches, page by page as the client takes them.

Text from outside is shown as everywhere, and cannot be taken for a formula by a spreadsheet.
"""

import csv
import io
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Generic, TypeVar

from fastapi import Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from api.audit import record
from api.permits import Caller
from api.problems import overloaded
from schemas.display import shown
from schemas.pages import MAX_LIMIT, Page

MEDIA_TYPE: Final = "text/csv"
MAX_ROWS: Final = 100_000
ROW_LIMIT: Final = "X-Row-Limit"  # always there: more rows than so many are never sent
TRUNCATED: Final = "X-Truncated"  # `true` when it is known beforehand that there are more

_RETRY_SECONDS: Final = 10.0
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")

P = TypeVar("P", bound=Page[Any])
Fetch = Callable[[int, str | None], Awaitable[P]]


@dataclass(frozen=True)
class Within(Generic[P]):
    """How long a whole export may take, of what is costly to find; `reached` says of its last page
    how far the rows go. One that is cut says so in its last line.
    """

    seconds: float
    reached: Callable[[P], str]


class Exports:
    """At most `most` exports of a noun at once in this process."""

    def __init__(self, noun: str, most: int) -> None:
        self._noun = noun
        self._most = most
        self._under_way = 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """Held while an export is sent. Raises Problem 503 when there is none."""
        if self._under_way >= self._most:
            detail = f"{self._most} exports of {self._noun} are under way"
            raise overloaded("overloaded", detail, _RETRY_SECONDS)
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1


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
    request: Request,
    caller: Caller,
    noun: str,
    item: type[BaseModel],
    fetch: Fetch[P],
    within: Within[P] | None = None,
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
    rows = rows_of(list(item.model_fields), first, fetch, within)
    return StreamingResponse(rows, media_type=f"{MEDIA_TYPE}; charset=utf-8", headers=headers)


async def _record_export(request: Request, caller: Caller, noun: str) -> None:
    """Who took what out, and with which filter."""
    async with request.app.state.database.writing() as connection:
        after = {"query": request.url.query}
        what = f"{noun.replace('-', '_')}.export"
        await record(connection, caller, request, what, request.url.path, after=after)


async def rows_of(
    columns: list[str], page: P, fetch: Fetch[P], within: Within[P] | None = None
) -> AsyncIterator[str]:
    """The lines of an export, the names of the columns first."""
    left, began = MAX_ROWS, time.monotonic()
    yield _lines([columns])
    while True:
        kept = page.items[:left]
        yield _lines([[cell(row.get(name)) for name in columns] for row in map(_fields, kept)])
        left -= len(kept)
        late = within is not None and time.monotonic() - began >= within.seconds
        if not left or late or page.next_cursor is None:
            break
        page = await fetch(min(left, MAX_LIMIT), page.next_cursor)
    if within is not None and page.next_cursor is not None:
        spent = f"{within.seconds:g} s" if left else f"{MAX_ROWS:,} rows"
        yield _lines([[f"# cut after {spent}: {within.reached(page)}; ask for less"]])


def _fields(item: BaseModel) -> Mapping[str, Any]:
    return item.model_dump()


def _lines(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
