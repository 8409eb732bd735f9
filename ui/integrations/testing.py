"""A marked line through the whole pipeline, and whether it came out."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from dash import html

from ui.components.states import notice
from ui.components.text import outside_text
from ui.components.times import parsed
from ui.links import api_path, filtered, params
from ui.visit import api

LOOKS: Final = 16
_LOOK_SECONDS: Final = 0.5
_AROUND: Final = timedelta(minutes=5)


async def run(source: str) -> list[Any]:
    """Sends it and looks for it. Raises Unavailable, ApiProblem."""
    sent = await api().send("POST", api_path("sources", source, "test"))
    for _ in range(LOOKS):
        if found := await _found(source, sent):
            return _told(source, sent, found)
        await asyncio.sleep(_LOOK_SECONDS)
    return _told(source, sent, None)


async def _found(source: str, sent: Mapping[str, Any]) -> Mapping[str, Any] | None:
    at = parsed(str(sent["sent_at"]))
    window = {"from": (at - _AROUND).isoformat(), "to": (at + _AROUND).isoformat()}
    found = await api().get("/logs", **params(source=source), q=sent["marker"], limit=1, **window)
    items = found["items"]
    return items[0] if items else None


def _told(source: str, sent: Mapping[str, Any], found: Mapping[str, Any] | None) -> list[Any]:
    line = html.Pre(outside_text(str(sent["line"]), mono=True), className="sample")
    lines = filtered("/logs", {"source": source}, q=str(sent["marker"]))
    link = html.A("See it among the lines", href=lines)
    if found is not None:
        return [notice([html.Strong("It arrived. "), link], tone="good", glyph="check"), line]
    words: list[Any] = [
        html.Strong("The broker has it, but it has not been read yet. "),
        html.A("Look at the pipeline", href="/pipeline"),
        " or ",
        html.A("at the lines", href=lines),
        " a little later.",
    ]
    return [notice(words, glyph="clock"), line]
