"""/alerts: what is wrong and what was, the worst first; what to do about it."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from dash import (  # fmt: skip
    ClientsideFunction,
    Input,
    Output,
    State,
    callback,
    clientside_callback,
    no_update,
    register_page,
)
from dash.exceptions import PreventUpdate

from schemas.alert_lists import ALERT_LIST
from schemas.errors import ForeshockError, InvalidEvent, Unavailable
from schemas.filters import Filter
from ui.address import first, period, stay_on, with_params
from ui.alerts import details, drawing, whole
from ui.alerts.deciding import may_decide
from ui.alerts.facets import chips, facets, sorting, views
from ui.alerts.rows import boundary, is_news, row_of, worst_of
from ui.components.states import failed, try_again
from ui.components.times import parsed
from ui.filtering import api_params, asked
from ui.links import api_path
from ui.problems import ApiProblem
from ui.visit import api

register_page(__name__, path="/alerts", name="Alerts", icon="alerts", order=20, key="a")

PORTION: Final = 200
_MOST: Final = 1_000
_PATH: Final = "/alerts"
layout = drawing.layout


def query_of(search: str | None) -> str:
    """What the list depends on: the address without what is selected."""
    return with_params(search, {"sel": None})


def limit_of(search: str | None) -> int:
    """How many rows are asked for."""
    text = first(search, "limit")
    return min(_MOST, max(PORTION, int(text))) if text.isdecimal() else PORTION


def asks_of(search: str | None) -> tuple[Filter, dict[str, str]]:
    """The filter of an address, and the parameters for the API. Raises InvalidEvent."""
    wanted = asked(search, ALERT_LIST)
    return wanted, {**api_params(wanted), **period(search).params()}


@callback(
    Output("alerts-state", "children"),
    Output("alerts-list", "hidden"),
    Output("alerts", "rowData"),
    Output("alerts-foot", "children"),
    Output("alerts-bulk-acts", "children"),
    Output("alerts-drawn", "data"),
    Input("url", "search"),
    Input("alerts-refresh", "data"),
    Input("me", "data"),
    State("alerts-drawn", "data"),
    State("url", "pathname"),
    State("alerts-visit", "data"),
    Input("alerts-again", "n_intervals"),
)
async def show(
    search: str,
    refresh: Any,
    me: dict[str, Any] | None,
    drawn: dict[str, Any] | None,
    path: str = _PATH,
    visit: dict[str, str] | None = None,
    _again: int | None = None,
) -> tuple[Any, Any, Any, Any, Any, Any]:
    """The rows. What was drawn stays when only the drawer opens, and when the API fails.

    `visit` is what the page has remembered since `me` was read.
    """
    stay_on(_PATH, path)
    role = me["role"] if me else ""
    asking = {"query": query_of(search), "refresh": refresh, "role": role}
    before = drawn or {}
    is_drawn = before and not before.get("failed")
    if is_drawn and all(before[name] == value for name, value in asking.items()):
        raise PreventUpdate
    now = datetime.now(UTC)
    news: dict[str, str] = {}
    since = before.get("since")
    if since is None and me:
        since, news = boundary({**(me.get("preferences") or {}), **(visit or {})}, now)
    limit = limit_of(search)
    try:
        _, params = asks_of(search)
        found, _ = await asyncio.gather(api().get("/alerts", limit=limit, **params), _seen(news))
        total = None if found["items"] else (await api().get("/alerts", limit=1))["total"]
    except (Unavailable, ApiProblem, InvalidEvent) as error:
        # Rows of another filter would look as if they were those of this one.
        last = before.get("at") if before.get("query") == asking["query"] else None
        good = parsed(last) if last else None
        said = failed("The alerts", error, last_good=good, retry=try_again())
        ids = before.get("ids") or [] if last else []
        kept = {**asking, "since": since, "visit": news, "at": last, "ids": ids, "failed": True}
        rest = [no_update] * 3 if last or not before else [[], [], no_update]
        return said, not last, *rest, kept
    deciding = may_decide(me)
    rows = [row_of(one, since or "", may_decide=deciding) for one in found["items"]]
    ids = [row["id"] for row in rows]
    there_are = int(found.get("total") or len(rows))
    state = {**asking, "since": since, "visit": news, "at": now.isoformat(), "ids": ids}
    state |= {"whole": there_are <= len(rows), "worst": worst_of(rows)}
    state["fresh"] = sum(row["fresh"] for row in rows)
    foot = drawing.foot(search, len(rows), there_are, limit, _MOST)
    acts = drawing.bulk_acts(deciding)
    return drawing.nothing(total), not rows, rows, foot, acts, state


async def _seen(news: Mapping[str, str]) -> None:
    """Remembers this visit; a failure costs a mark, and nothing else."""
    if news:
        try:
            await api().send("PATCH", "/me", {"preferences": dict(news)})
        except (Unavailable, ApiProblem):
            return


@callback(
    Output("alerts-answer", "children"),
    Output("alerts-filters", "children"),
    Output("alerts-facets", "children"),
    Input("alerts-drawn", "data"),
    Input("alerts-decided", "data"),
    State("url", "search"),
    State("me", "data"),
    prevent_initial_call=True,
)
async def count(
    drawn: dict[str, Any] | None, _: Any, search: str, me: dict[str, Any] | None
) -> tuple[Any, Any, Any]:
    """How many there are of what; also after a decision, which leaves the rows in their places."""
    try:
        wanted, params = asks_of(search)
    except InvalidEvent:
        return "", [drawing.all_of_them()], no_update
    username = str((me or {}).get("username") or "")
    filters = [views(wanted, search, username), sorting(wanted, search), *chips(wanted, search)]
    try:
        found, told = await asyncio.gather(
            api().get("/alerts/facets", **params),
            whole.look(wanted, period(search).params(), drawn or {}),
        )
    except (Unavailable, ApiProblem):
        return no_update, filters, no_update
    return drawing.answer(found, told), filters, facets(found["facets"], wanted, search)


@callback(
    Output("url", "search", allow_duplicate=True),
    Input("alerts", "cellClicked"),
    State("url", "search"),
    prevent_initial_call=True,
)
async def select(cell: dict[str, Any] | None, search: str) -> str:
    """A row opens its drawer; the column of boxes selects only."""
    if not cell or str(cell.get("colId", "")).startswith("ag-Grid"):
        raise PreventUpdate
    return with_params(search, {"sel": str(cell["rowId"])})


@callback(
    Output("url", "search", allow_duplicate=True),
    Input("alerts-q", "value"),
    State("url", "search"),
    prevent_initial_call=True,
)
async def look_for(text: str | None, search: str) -> str:
    """Text in titles and descriptions."""
    wanted = (text or "").strip()
    if wanted == first(search, "q"):
        raise PreventUpdate
    return with_params(search, {"q": wanted, "sel": None, "limit": None})


@callback(
    Output("alerts-drawer", "hidden"),
    Output("alert-title", "children"),
    Output("alert-note", "children"),
    Output("alert-body", "children"),
    Output("alert-acts", "children"),
    Output("alert-form", "hidden"),
    Output("alert-text", "value"),
    Output("alert-owner", "value"),
    Output("alerts-shown", "data"),
    Input("url", "search"),
    Input("alerts-decided", "data"),
    Input("alerts-events", "data"),
    State("alerts-shown", "data"),
    Input("me", "data"),
    State("url", "pathname"),
)
async def open_drawer(
    search: str,
    decided: dict[str, Any] | None,
    events: dict[str, Any] | None,
    shown: dict[str, Any] | None,
    me: dict[str, Any] | None,
    path: str = _PATH,
) -> tuple[Any, Any, Any, Any, Any, Any, Any, Any, Any]:
    """The alert that the address names; drawn anew when it changed, else left as it is.

    What was typed for one alert is never said of another.
    """
    stay_on(_PATH, path)
    wanted = first(search, "sel")
    if not wanted:
        return True, "", "", [], [], True, "", "", None
    stamp = [(decided or {}).get("at"), (events or {}).get("at")]
    deciding = may_decide(me)
    here = shown if shown and shown["id"] == wanted else None
    is_drawn = here and here["deciding"] == deciding
    if here and is_drawn and not _is_news(wanted, stamp, here, decided, events):
        raise PreventUpdate
    try:
        alert, changed, history = await _read(wanted)
    except (Unavailable, ApiProblem) as error:
        if here:
            raise
        return False, "Alert", "", _not_read(error), [], True, "", "", None
    acts = details.actions(alert) if deciding else []
    body, note = details.body(alert, changed, history), details.note(alert)
    typed = no_update if here else ""
    now = {"id": wanted, "version": alert.get("version"), "stamp": stamp, "deciding": deciding}
    return False, details.title(alert), note, body, acts, not deciding, typed, typed, now


def _not_read(error: ForeshockError) -> Any:
    return failed("The alert", error, retry=try_again())


def _is_news(
    alert_id: str,
    stamp: list[Any],
    shown: Mapping[str, Any],
    decided: Mapping[str, Any] | None,
    events: Mapping[str, Any] | None,
) -> bool:
    """Whether one of the two told of this alert since it was drawn."""
    told = zip(stamp, shown["stamp"], (decided, events), strict=True)
    return any(
        now != before and (alert_id in (said or {}).get("ids", []) or (said or {}).get("resync"))
        for now, before, said in told
    )


async def _read(alert_id: str) -> tuple[dict[str, Any], details.Found, details.Found]:
    """The alert, what changed before it, its history. Raises what the first of them raises."""
    path = api_path("alerts", alert_id)
    alert, changed, history = await asyncio.gather(
        api().get(path), _or_error(f"{path}/changes"), _or_error(f"{path}/history", limit=200)
    )
    return alert, changed, history


async def _or_error(path: str, **params: Any) -> details.Found:
    try:
        found: dict[str, Any] = await api().get(path, **params)
    except (Unavailable, ApiProblem) as error:
        failure: ForeshockError = error
        return failure
    return found


@callback(
    Output("alerts-updates", "data"),
    Output("alerts-waiting", "data"),
    Output("alerts-refresh", "data", allow_duplicate=True),
    Input("alerts-events", "data"),
    Input("alerts-decided", "data"),
    State("url", "search"),
    State("alerts-drawn", "data"),
    State("me", "data"),
    prevent_initial_call=True,
)
async def hear(
    events: dict[str, Any] | None,
    decided: dict[str, Any] | None,
    search: str,
    drawn: dict[str, Any] | None,
    me: dict[str, Any] | None,
) -> tuple[Any, Any, Any]:
    """Rows that are there change in their place; what would be a new row waits behind the pill.

    After a failure there may be no rows at all: then all are asked for again.
    """
    ids = list(dict.fromkeys([*(events or {}).get("ids", []), *(decided or {}).get("ids", [])]))
    known = set((drawn or {}).get("ids") or [])
    now = datetime.now(UTC).isoformat()
    if (drawn or {}).get("failed"):
        return no_update, no_update, now
    try:
        found = await _told(ids, known, search, everything=bool((events or {}).get("resync")))
    except (Unavailable, ApiProblem, InvalidEvent) as error:
        raise PreventUpdate from error
    since, deciding = (drawn or {}).get("since") or "", may_decide(me)
    rows = [row_of(one, since, may_decide=deciding) for one in found if one["id"] in known]
    others = [one for one in found if one["id"] not in known]
    new = [one["id"] for one in others if is_news(one, drawn or {})]
    waiting = {"ids": new, "at": now}
    return {"rows": rows} if rows else no_update, waiting if new else no_update, no_update


async def _told(
    ids: list[str], known: set[str], search: str, *, everything: bool
) -> list[dict[str, Any]]:
    """The alerts that news are of. Raises InvalidEvent, Unavailable, ApiProblem."""
    _, params = asks_of(search)
    if everything:  # what was missed nobody knows: look at all of them
        asking = [{**params, "limit": limit_of(search)}]
    else:
        here = [one for one in ids if one in known][:PORTION]
        strange = [one for one in ids if one not in known][:PORTION]
        asking = [{"id": ",".join(here), "limit": PORTION}] if here else []
        asking += [{**params, "id": ",".join(strange), "limit": PORTION}] if strange else []
    pages = await asyncio.gather(*[api().get("/alerts", **one) for one in asking])
    return [alert for page in pages for alert in page["items"]]


clientside_callback(
    ClientsideFunction("alerts", "gather"), Output("alerts-events", "data"), Input("live", "data")
)
clientside_callback(
    ClientsideFunction("alerts", "arrived"),
    Output("alerts-refresh", "data"),
    Output("alerts-pill", "hidden"),
    Output("alerts-pill", "children"),
    Input("alerts-waiting", "data"),
    Input("alerts-pill", "n_clicks"),
    prevent_initial_call=True,
)
# By itself: what refreshes the rows must not hang on what was drawn, or Dash sees a circle.
clientside_callback(
    ClientsideFunction("alerts", "drawn"),
    Output("alerts-pill", "hidden", allow_duplicate=True),
    Output("alerts-again", "disabled"),
    Input("alerts-drawn", "data"),
    prevent_initial_call=True,
)
# By itself, too: its output is there on every page, and the other inputs of `show` are not.
clientside_callback(
    ClientsideFunction("alerts", "visited"),
    Output("alerts-visit", "data"),
    Input("alerts-drawn", "data"),
    prevent_initial_call=True,
)
clientside_callback(
    ClientsideFunction("alerts", "update"),
    Input("alerts-updates", "data"),
    Input("alerts-decided", "data"),
)
clientside_callback(
    ClientsideFunction("alerts", "selected"),
    Output("alerts-bulk", "hidden"),
    Output("alerts-bulk-words", "children"),
    Input("alerts", "selectedRows"),
)
clientside_callback(
    ClientsideFunction("alerts", "typed"), Output("alerts-q", "value"), Input("url", "search")
)
