"""What every list route shares: its filter, its page with a link to the next, the same as CSV."""

from collections.abc import Collection
from typing import Any, Final
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from api.csv import MAX_ROWS, MEDIA_TYPE, ROW_LIMIT, TRUNCATED, Fetch, P, Within, to_csv, wants_csv
from api.documented import Responses, problems
from api.kinds import outer_path
from api.permits import Caller
from schemas.filters import LABEL, PAGING, Filter, Grammar, parse
from schemas.pages import DEFAULT_LIMIT, MAX_LIMIT, Page

_IN_QUERY: Final = "/?:@!$&'()*+,;=%"  # RFC 3986, besides letters and digits


def listed(example: object = None) -> Responses:
    """What the OpenAPI document says of the answers of a list, which also comes as CSV."""
    answer: dict[str, Any] = {
        "description": f"One page; or, as {MEDIA_TYPE}, all rows up to {MAX_ROWS:,}.",
        "content": {
            "application/json": {"example": example} if example else {},
            MEDIA_TYPE: {"schema": {"type": "string"}},
        },
        "headers": {
            "Link": {"description": "rel=next, if there is more.", "schema": {"type": "string"}},
            ROW_LIMIT: {"description": "Of CSV.", "schema": {"type": "integer"}},
            TRUNCATED: {"description": "Of CSV: there is more.", "schema": {"type": "string"}},
        },
    }
    return {200: answer, **problems()}


def parameters(grammar: Grammar) -> dict[str, Any]:
    """The grammar's names for `openapi_extra`."""
    said = []
    for name in grammar.names:
        field = grammar.field(name)
        words = f" one of {', '.join(field.words)};" if field and field.words else ""
        operators = "= != >= > <= <" if field and field.ranges else "= !="
        described = f"Filter:{words} {operators}" if field else _WHOLE[name]
        example = {"example": field.words[0]} if field and field.words else {}
        schema = {"type": "string", "maxLength": 1000}
        if name != f"{LABEL}NAME":
            said.append(
                {"name": name, "in": "query", "description": described, "schema": schema} | example
            )
    return {"parameters": said}


_WHOLE: Final = {
    "q": "Text to look for, in any case.",
    "from": "From when: RFC 3339, now, or so long ago (-24h).",
    "to": "Until when, likewise.",
    "sort": "One field; after - the largest first.",
}


def filter_of(request: Request, grammar: Grammar, *beside: str) -> Filter:
    """The filter that a request asks; `beside` are the route's own parameters.

    Raises InvalidEvent, which is answered with 422.
    """
    names: Collection[str] = {*PAGING, *beside}
    return parse(request.url.query, grammar, names)


async def listing(
    request: Request,
    response: Response,
    caller: Caller,
    noun: str,
    item: type[BaseModel],
    fetch: Fetch[P],
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
    within: Within[P] | None = None,
) -> P | StreamingResponse:
    """One page of what `fetch` (limit, cursor) gives, or all of it as CSV where that is asked."""
    if wants_csv(request):
        return await to_csv(request, caller, noun, item, fetch, within)
    page = await fetch(min(limit, MAX_LIMIT), cursor)
    link_next(request, response, page)
    return page


def link_next(request: Request, response: Response, page: Page[Any]) -> None:
    """The header `Link` with the address of the next page, if there is one.

    It is a path, base path included, so it holds behind any proxy.
    """
    response.headers["Vary"] = "Accept"
    if page.next_cursor is not None:
        kept = [part for part in request.url.query.split("&") if part and not _is_cursor(part)]
        # As it came, but for what a URI may not hold: `severity>=high` would end the link early.
        query = quote("&".join([*kept, f"cursor={page.next_cursor}"]), safe=_IN_QUERY)
        response.headers["Link"] = f'<{outer_path(request.scope)}?{query}>; rel="next"'


def _is_cursor(part: str) -> bool:
    return part.partition("=")[0] == "cursor"
