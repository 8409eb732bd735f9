"""What a part of the settings page is, and the words its callbacks answer with."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

from dash import no_update

from schemas.errors import Unavailable
from ui.problems import ApiProblem
from ui.visit import api

# (who looks, query string) → (the answer in one line, what is below)
Part = Callable[[dict[str, Any] | None, str], Awaitable[tuple[Any, Any]]]


async def tried(
    words: str, method: str, path: str, body: Any = None, *, if_match: int | None = None
) -> tuple[dict[str, str], Any, Any]:
    """A write: the toast, what makes the page load again, the answer (None when refused).

    What was refused is loaded again, too: what is shown may be old, or only wished for.
    """
    try:
        answer = await api().send(method, path, body, if_match=if_match)
    except Unavailable as error:
        return {"words": _plain(error), "tone": "error"}, no_update, None
    except ApiProblem as error:
        return {"words": _plain(error), "tone": "error"}, time.time(), None
    return {"words": words, "tone": "good"}, time.time(), answer


def _plain(error: Exception) -> str:
    if isinstance(error, ApiProblem) and error.status == 412:
        return "Somebody else changed this meanwhile. What you see now is the newest."
    text = str(error)
    return text[:1].upper() + text[1:]
