"""The audit log, for admins: who did what, when, from where."""

import json
from typing import Any, Final

from dash import html

from ui.address import period, span_of
from ui.components.page import panel, table
from ui.components.states import first_use
from ui.components.text import shown_text
from ui.components.times import moment
from ui.visit import api

_MOST: Final = 100


async def part(me: dict[str, Any] | None, search: str) -> tuple[Any, Any]:
    """The newest writes of the chosen time."""
    when = period(search)
    found = await api().get("/audit", limit=_MOST, **when.params())
    rows = found["items"]
    more = f", the newest {_MOST}" if found.get("next_cursor") else ""
    where = f"in the last {when.name}" if span_of(when.name) else "in the chosen time"
    answer = [html.Strong(f"{len(rows)} writes"), f" {where}{more}"]
    if not rows:
        words = "Nobody changed anything in this time. A longer range may show more."
        return answer, panel(first_use("Nothing was written", words, glyph="history"))
    names = ("When", "Who", "What", "Of", "From", "Changed")
    return answer, panel(table(names, [_row(row) for row in rows]), title="Audit log")


def _row(row: dict[str, Any]) -> list[Any]:
    return [
        moment(row["at"]),
        shown_text(str(row.get("actor") or row.get("actor_id") or "nobody"), 80),
        html.Code(str(row.get("action") or "")),
        html.Code(shown_text(str(row.get("object") or ""), 80)),
        html.Code(str(row.get("address") or "")),
        html.Span(changed(row.get("before"), row.get("after")), className="dim small"),
    ]


def changed(before: dict[str, Any] | None, after: dict[str, Any] | None) -> str:
    """The fields that differ, as `role: viewer → admin`. Pure."""
    old, new = before or {}, after or {}
    parts = [
        f"{name}: {_short(old.get(name))} → {_short(new.get(name))}"
        if old
        else f"{name}: {_short(new.get(name))}"
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    ]
    return shown_text(", ".join(parts), 200)


def _short(value: Any) -> str:
    if value is None:
        return "–"  # noqa: RUF001
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 40 else f"{text[:39]}…"
