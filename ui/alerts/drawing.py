"""The alerts page without its data: grid, facets, bar for selected rows, drawer."""

from collections.abc import Mapping
from typing import Any, Final

from dash import dcc, html

from ui.address import with_params
from ui.alerts import details
from ui.alerts.facets import PATH
from ui.components.attributes import hyphened
from ui.components.button import button, link_button, text_input
from ui.components.drawer import drawer, drawer_content
from ui.components.grid import RowActs, column, grid
from ui.components.icon import icon
from ui.components.page import page, page_head, panel
from ui.components.severity import severity
from ui.components.states import first_use, no_match, skeleton
from ui.components.times import moment
from ui.visit import visit

_ACTS: Final = RowActs(
    store="alerts-act",
    keys={"e": "acknowledge", "r": "resolve", "m": "mine"},
    card={"acknowledge": ("check", "Acknowledge")},
    card_field="can",
)
_STORES: Final = (
    *("alerts-drawn", "alerts-refresh", "alerts-events", "alerts-waiting", "alerts-updates"),
    *("alerts-decided", "alerts-shown", "alerts-act"),
)
_AGAIN_MS: Final = 10_000  # after a failure
_ROWS: Final = "calc(100vh - var(--header) * 4 - var(--space-6))"


def layout(search: str = "", **_: str) -> html.Div:
    """The frame with a skeleton; nobody is asked."""
    return page(
        page_head(
            "Alerts",
            answer_id="alerts-answer",
            filters=[html.Div(id="alerts-filters", className="row wrap"), _search()],
        ),
        html.Div([_facets(), _list()], className="split"),
        *[dcc.Store(id=name) for name in _STORES],
        dcc.Interval(id="alerts-again", interval=_AGAIN_MS, disabled=True),
        _drawer(),
    )


def _search() -> html.Div:
    field = text_input("alerts-q", type="search", placeholder="Text, then enter", debounce=True)
    label = html.Label("Text in alerts", htmlFor="alerts-q", className="visually-hidden")
    return html.Div([label, field], className="page-search")


def _facets() -> html.Details:
    """Beside the rows; on a phone folded above them."""
    summary = html.Summary([icon("filter"), "Filter"], className="button phone-only")
    inside = html.Div(skeleton(count=8), id="alerts-facets", className="facets")
    return html.Details(
        [summary, inside],
        className="facet-fold",
        **({} if visit().phone else hyphened({"open": True})),
    )


def _list() -> html.Div:
    columns = [
        column("severity", "Severity", "severity", width=104),
        column("title", "Title", "title", flex=1, width=220),
        column("place", "Where", "mono", width=116),
        column("state", "State", "state", width=124),
        column("owner", "Owner", width=88),
        column("count", "Signals", "number", width=72),
        column("first_seen", "Began", "ago", width=96),
    ]
    for one in columns:
        one["sortable"] = False
    rows = grid(
        "alerts",
        columns,
        row_id="id",
        title_field="title",
        card_fields=("severity", "place", "state", "first_seen"),
        height="auto" if visit().phone else _ROWS,
        label="Alerts",
        selection="multiple",
        acts=_ACTS,
    )
    pill = html.Button(id="alerts-pill", className="pill", hidden=True, type="button")
    state = html.Div(skeleton(_ROWS, panel=True), id="alerts-state")
    shown = html.Div([panel(rows, flush=True), html.Div(id="alerts-foot")], id="alerts-list",
                     hidden=True, className="stack")  # fmt: skip
    return html.Div([pill, state, shown, _bulk()], className="stack rows")


def _bulk() -> html.Div:
    return html.Div(
        [
            html.Strong(id="alerts-bulk-words", className="number"),
            html.Fieldset(id="alerts-bulk-acts", className="bare row wrap"),
        ],
        id="alerts-bulk",
        className="bulk",
        hidden=True,
        role="region",
        **hyphened({"aria-label": "Selected alerts"}),
    )


def bulk_acts(may_decide: bool) -> list[Any]:
    """What may be done with selected rows."""
    clear = _bulk_act("Clear", "clear", quiet=True)
    if not may_decide:
        return [html.Span("Your role may look, and not decide.", className="dim"), clear]
    return [
        _bulk_act("Acknowledge", "acknowledge", key="e", filled=True),
        _bulk_act("Resolve", "resolve", key="r"),
        _bulk_act("Assign to me", "mine", key="m"),
        clear,
    ]


def _bulk_act(words: str, action: str, **more: Any) -> html.Button:
    return button(words, id={"type": "alerts-bulk", "action": action}, once=True, **more)


def _drawer() -> html.Aside:
    """Its parts are written one by one, so that a comment that somebody types stays."""
    made = drawer("alerts-drawer")
    made.children = drawer_content(
        html.Span(id="alert-title"),
        html.Div(id="alert-body", className="stack wide"),
        details.form(),
        note=html.Div(id="alert-note"),
        actions=[html.Fieldset(id="alert-acts", className="bare row wrap")],
    )
    return made


def nothing(total: int | None) -> Any:
    """Why there is no row: `total` is how many alerts there are at all, None while rows are."""
    if total is None:
        return []
    if total:
        return panel(no_match(total, noun="alerts match", clear_href=PATH))
    return panel(
        first_use(
            "No alert yet",
            "Foreshock raises alerts by itself when logs or metrics become unusual.",
            action=link_button("See what comes in", "/pipeline"),
            glyph="alerts",
        )
    )


def all_of_them() -> html.A:
    """The way out of a filter that cannot be read."""
    return link_button("Clear filters", PATH)


def foot(search: str, shown: int, total: int, limit: int, most: int) -> Any:
    """How many of how many are there, and the way to more of them."""
    if shown >= total:
        return []
    words = html.Span(f"{shown:,} of {total:,} alerts", className="dim number")
    more = with_params(search, {"limit": str(min(most, limit + 200)), "sel": None})
    link = html.A("Show more", href=PATH + more, className="button")
    rest = html.Span("Filter to see the others.", className="dim")
    return html.Div([words, link if limit < most else rest], className="row wrap foot")


def answer(found: Mapping[str, Any], drawn: Mapping[str, Any]) -> list[Any]:
    """What fires, in one line, and what is new to who looks."""
    states = {one["value"]: one["count"] for one in found["facets"].get("state") or []}
    firing = states.get("firing", 0)
    words: list[Any] = [html.Strong(f"{firing:,} firing" if firing else "Nothing fires")]
    if states.get("acknowledged"):
        words.append(f", {states['acknowledged']:,} acknowledged")
    if firing and drawn.get("worst"):
        words += [" · worst: ", severity(drawn["worst"])]
    words.append(f" · {found['total']:,} match")
    fresh, since = drawn.get("fresh") or 0, drawn.get("since")
    if fresh and since:
        count = f"{fresh:,}+" if drawn.get("many") else f"{fresh:,}"
        words += [" · ", html.Strong(f"{count} new"), " since you were last here, ",
                  moment(since, relative=True)]  # fmt: skip
    return words
