"""What a part of the settings page is, and the words its callbacks answer with."""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from dash import html

from schemas.errors import Unavailable
from ui.address import first, with_params
from ui.problems import ApiProblem
from ui.visit import api

LIMIT: Final = 200
# (who looks, query string) → (the answer in one line, what is below)
Part = Callable[[dict[str, Any] | None, str], Awaitable[tuple[Any, Any]]]


async def tried(
    words: str, method: str, path: str, body: Any = None, *, if_match: int | None = None
) -> tuple[dict[str, str], Any, Any]:
    """A write: the toast, what makes the page load again, the answer (None when refused).

    What was refused, or got no answer, is loaded again, too: what is shown may be old, or only
    wished for.
    """
    try:
        answer = await api().send(method, path, body, if_match=if_match)
    except (Unavailable, ApiProblem) as error:
        return {"words": _plain(error), "tone": "error"}, time.time(), None
    return {"words": words, "tone": "good"}, time.time(), answer


def page_of(search: str) -> dict[str, Any]:
    """What a long list is asked with: its page, and the text that is looked for."""
    return {
        "limit": LIMIT,
        "cursor": first(search, "cursor") or None,
        "q": first(search, "q") or None,
    }


def count_of(found: Mapping[str, Any]) -> str:
    """How many of how many are shown; of all where that is known. Pure."""
    shown, total = len(found["items"]), found.get("total")
    if total is None:
        return f"{shown:,}{' and more' if found.get('next_cursor') else ''}"
    return f"{total:,}" if shown == total else f"{shown:,} of {total:,}"


def here(found: Mapping[str, Any]) -> str:
    """What is counted on this page alone says so. Pure."""
    part = found.get("next_cursor") or (found.get("total") or 0) > len(found["items"])
    return " on this page" if part else ""


def pages(search: str, found: Mapping[str, Any]) -> list[html.A]:
    """The way to the rest of a long list, and back to its beginning. Pure."""
    ways = []
    if first(search, "cursor"):
        ways.append(("First page", None))
    if found.get("next_cursor"):
        ways.append(("Next page", found["next_cursor"]))
    return [
        html.A(words, href=f"/settings{with_params(search, {'cursor': to})}", className="button")
        for words, to in ways
    ]


def _plain(error: Exception) -> str:
    if isinstance(error, ApiProblem) and error.status == 412:
        return "Somebody else changed this meanwhile. What you see now is the newest."
    text = str(error)
    return text[:1].upper() + text[1:]
