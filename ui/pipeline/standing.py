"""What the drawing needs, asked at once; and one stage with its workers."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from dash import html

from schemas.errors import Unavailable
from ui.components.drawer import drawer_content
from ui.components.number import number
from ui.components.page import facts, table
from ui.components.severity import state
from ui.components.states import notice
from ui.components.text import outside_text, shown_text
from ui.pipeline.flow import Senders, state_word, waiting
from ui.problems import ApiProblem
from ui.visit import api

_SPEAKING: Final = 1000  # sources whose rates are added up: those that sent last


class Standing(NamedTuple):
    """`ledger` is None while it cannot be drawn up."""

    stages: Sequence[Mapping[str, Any]]
    senders: Senders
    ledger: Mapping[str, Any] | None
    topics: Sequence[Mapping[str, Any]] = ()


async def look() -> Standing:
    """Raises Unavailable, ApiProblem when the stages are not known; the rest may be missing."""
    stages, sources, silent, topics, ledger = await asyncio.gather(
        api().get("/pipeline/stages"),
        _maybe("/sources", sort="-last_seen", limit=_SPEAKING),
        _maybe("/sources", silent="true", limit=1),
        _maybe("/pipeline/topics"),
        _maybe("/pipeline/ledger"),
    )
    senders = senders_of(sources, silent, topics)
    return Standing(stages["items"], senders, ledger, (topics or {}).get("items", []))


async def _maybe(path: str, **params: Any) -> Any:
    """None where the drawing can do without."""
    try:
        return await api().get(path, **params)
    except (Unavailable, ApiProblem):
        return None


def senders_of(sources: Any, silent: Any, topics: Any) -> Senders:
    """Pure."""
    items = sources["items"] if sources else []

    def rate(kind: str) -> float | None:
        found = [one["rate_per_s"] for one in items if one["kind"] == kind]
        return sum(found) if sources else None

    letters = next((one for one in (topics or {}).get("items", []) if one["name"] == "dlq"), None)
    total = int(sources.get("total") or len(items)) if sources else 0
    return Senders(
        total,
        int(silent.get("total") or len(silent["items"])) if silent else 0,
        rate("lines"),
        rate("points"),
        letters["records"] if letters else None,
    )


async def stage_details(name: str) -> list[Any]:
    """One stage in the drawer. Raises Unavailable, ApiProblem."""
    items = (await api().get("/pipeline/stages"))["items"]
    stage = next((one for one in items if one["stage"] == name), None)
    if stage is None:
        return drawer_content("No such stage", notice(f"There is no stage {shown_text(name, 60)}."))
    rows: list[tuple[str, Any]] = [
        ("State", state_word(str(stage["state"]))),
        ("Reads", html.Code(shown_text(str(stage["topic"]), 80))),
        ("Writes", html.Code(shown_text(", ".join(stage["writes"]), 200))),
        ("Comes in", [number(stage["rate_in"]), " records/s"]),
        ("Gets done", [number(stage["rate_out"]), " records/s"]),
        ("Waits", waiting(stage)),
        ("App", html.Code(shown_text(str(stage["app"]), 60))),
        ("Members", number(stage["members"])),
    ]
    workers = [
        [
            html.Code(shown_text(str(one["name"]), 80)),
            state("ok" if one["ready"] else "pending"),
            outside_text(str(one["reason"])),
            number(one["restarts"]),
        ]
        for one in stage["workers"]
    ]
    columns = ("Worker", "State", "Why not", "Restarts")
    below: Any = (
        table(columns, workers, right=(3,))
        if workers
        else html.P("Its workers run on another machine, or none runs.", className="dim")
    )
    inside = html.Div([html.H3("Workers"), below], className="stack")
    return drawer_content(shown_text(name, 60), facts(rows), inside, note=_notes.get(name, ""))


_notes: Final = {
    "parse": "Finds format, fields and pattern of each line",
    "persist": "Counts lines and patterns, each exactly once",
    "keep": "Writes metric points into their history",
    "rate": "Learns how fast sources and patterns usually come",
    "detect": "Learns what is usual of each metric",
    "respond": "Makes alerts of signals",
    "note": "Keeps signals to be found later",
    "chronicle": "Keeps every version of every alert",
}
