"""/: is it bad now, what is new, does everything come in."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from dash import (
    ALL,
    ClientsideFunction,
    Input,
    Output,
    State,
    callback,
    clientside_callback,
    dcc,
    html,
    no_update,
    register_page,
)
from dash.exceptions import PreventUpdate

from schemas.errors import Unavailable
from ui.address import Period, period, stay_on
from ui.clocks import beat, busy, clockwork, news
from ui.components.chart import chart
from ui.components.icon import icon
from ui.components.page import page, page_head, panel
from ui.components.severity import demo_badge, severity
from ui.components.states import failed, kpi_skeletons, skeleton
from ui.components.text import shown_text
from ui.components.times import clock, moment, parsed
from ui.dashboard.checklist import checklist, steps
from ui.dashboard.figures import figures
from ui.dashboard.headline import Headline, headline
from ui.dashboard.lists import newest_patterns, top_alerts
from ui.dashboard.volume import alert_bars, error_bars, total
from ui.links import window
from ui.problems import ApiProblem
from ui.visit import api

register_page(__name__, path="/", name="Dashboard", icon="dashboard", order=10, key="d")

TICK_MS = 20_000
_HIDDEN = "checklist_hidden"
_LINE = "calc(var(--touch) + var(--space-2))"
_LIST = "calc(var(--row) * 12)"


def layout(search: str = "", **_: str) -> html.Div:
    """The skeleton; the charts are there at once and get their figures."""
    return page(
        page_head("Dashboard", answer_id="dashboard-answer"),
        html.Div(id="dashboard-failure"),
        html.Div(skeleton(_LINE), id="dashboard-headline"),
        html.Div(id="dashboard-steps"),
        html.Div(kpi_skeletons(), id="dashboard-figures"),
        html.Div(
            [_volume("alerts", "Alerts that began"), _volume("errors", "Error lines")],
            className="columns",
        ),
        html.Div(
            [skeleton(_LIST, panel=True), skeleton(_LIST, panel=True)],
            id="dashboard-lists",
            className="columns",
        ),
        dcc.Store(id="dashboard-drawn"),
        *clockwork("dashboard-tick", TICK_MS),
    )


def _volume(part: str, title: str) -> html.Section:
    drawn = chart(f"dashboard-{part}", height="180px", label=f"{title} over time")
    note = html.Span(id=f"dashboard-{part}-note")
    return panel(drawn, title=title, note=note)


@callback(
    Output("dashboard-answer", "children"),
    Output("dashboard-failure", "children"),
    Output("dashboard-headline", "children"),
    Output("dashboard-steps", "children"),
    Output("dashboard-figures", "children"),
    Output("dashboard-alerts", "figure"),
    Output("dashboard-errors", "figure"),
    Output("dashboard-alerts-note", "children"),
    Output("dashboard-errors-note", "children"),
    Output("dashboard-lists", "children"),
    Output("dashboard-drawn", "data"),
    Input("url", "search"),
    news("dashboard-tick"),
    beat("dashboard-tick", pausable=True),
    State("dashboard-drawn", "data"),
    State("me", "data"),
    State("url", "pathname"),
    running=[busy("dashboard-tick")],
)
async def show(
    search: str,
    _: Any,
    __: Any,
    drawn: dict[str, Any] | None,
    me: dict[str, Any] | None,
    path: str = "/",
) -> tuple[Any, ...]:
    """Everything from one question; when it fails, what was seen stays, and says how old it is."""
    stay_on("", path)
    shown, before = period(search), drawn or {}
    try:
        seen, sources = await asyncio.gather(
            api().get("/dashboard", **window(shown)), _sources(before)
        )
    except (Unavailable, ApiProblem) as error:
        return _failed(error, before)
    done = steps(sources["items"], seen) if sources else []
    hides = bool(((me or {}).get("preferences") or {}).get(_HIDDEN) or before.get("hidden"))
    started = before.get("started") or all(step.done for step in done)
    demo = before.get("demo") or any(one.get("demo") for one in (sources or {}).get("items", []))
    answer = ["as of ", moment(seen["at"]), *([" · ", demo_badge()] if demo else [])]
    said = since_words(shown)
    volume = seen.get("volume")
    why = (seen.get("unavailable") or {}).get("volume") or ""
    return (
        answer,
        [],
        _headline(headline(seen)),
        checklist(done, may_hide=me is not None) if sources and not (started or hides) else [],
        figures(seen, said),
        alert_bars(volume, shown),
        error_bars(volume, shown),
        _note(volume, "alerts", why, said),
        _note(volume, "errors", why, said),
        [top_alerts(seen), newest_patterns(seen, said)],
        {"at": seen["at"], "started": bool(started), "demo": bool(demo), "hidden": hides},
    )


async def _sources(before: Mapping[str, Any]) -> dict[str, Any] | None:
    """What sends, until there is nothing left to tick; without it the page is still a page."""
    if before.get("started"):
        return None
    try:
        found: dict[str, Any] = await api().get("/sources", limit=200)
    except (Unavailable, ApiProblem):
        return None
    return found


def _failed(error: Unavailable | ApiProblem, before: Mapping[str, Any]) -> tuple[Any, ...]:
    last = parsed(before["at"]) if before.get("at") else None
    said = failed("The dashboard", error, last_good=last)
    if last:
        return (no_update, said, *[no_update] * 9)
    return ("", said, [], [], [], no_update, no_update, "", "", [], no_update)


def since_words(shown: Period) -> str:
    """ "in the last 24 h", or from when until when."""
    if shown.moving:
        number, unit = shown.name[:-1], {"m": "min", "h": "h", "d": "d"}[shown.name[-1]]
        return f"in the last {number} {unit}"
    return f"from {clock(shown.start)} to {clock(shown.end)}"


def _note(volume: Mapping[str, Any] | None, part: str, why: str, since: str) -> str:
    if volume is None:
        return f"Not shown: {shown_text(str(why), 200)}" if why else "Not shown"
    return f"{total(volume, part):,} {since} · draw over it to choose a time"


def _headline(worst: Headline) -> html.A:
    words: list[Any] = []
    if worst.tone == "ok":
        words.append(icon("check"))
    elif worst.tone != "low":
        words.append(severity(worst.tone))
    if worst.title:
        words.append(html.Strong(shown_text(worst.title, 300), className="cut"))
    if worst.words:
        words.append(html.Span(shown_text(worst.words, 200)))
    if worst.since:
        words.append(html.Span(["since ", moment(worst.since)], className="dim"))
    if worst.rest:
        words.append(html.Span(worst.rest, className="dim"))
    return html.A(words, href=worst.href, className=f"headline {worst.tone}")


@callback(
    Output("dashboard-steps", "children", allow_duplicate=True),
    Output("dashboard-drawn", "data", allow_duplicate=True),
    Input({"type": "dashboard-hide", "at": ALL}, "n_clicks"),
    State("dashboard-drawn", "data"),
    prevent_initial_call=True,
)
async def hide(clicks: list[int | None], drawn: dict[str, Any] | None) -> tuple[Any, Any]:
    """Whoever sends no metrics is asked once, and not for ever."""
    if not any(clicks):
        raise PreventUpdate
    await api().send("PATCH", "/me", {"preferences": {_HIDDEN: datetime.now(UTC).isoformat()}})
    return [], {**(drawn or {}), "hidden": True}


for drawn_over in ("dashboard-alerts", "dashboard-errors"):
    clientside_callback(ClientsideFunction("shell", "brushed"), Input(drawn_over, "selectedData"))
