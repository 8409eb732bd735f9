"""Dead letters: what could not be used, why, and what can be done about it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from dash import html

from schemas.dead_letters import GRAMMAR
from schemas.filters import Condition, Filter, to_query
from schemas.roles import Permission, Role, may
from ui.address import first, with_params
from ui.components.button import button, csv_link
from ui.components.drawer import drawer_content
from ui.components.grid import column, grid
from ui.components.icon import icon
from ui.components.number import number
from ui.components.page import facts, panel
from ui.components.severity import state
from ui.components.states import first_use, no_match
from ui.components.text import outside_text, shown_text
from ui.components.times import moment
from ui.filtering import address_of, api_params, asked
from ui.links import api_path
from ui.visit import api

SHEET: Final = "pipeline-sheet"
LIMIT: Final = 100
_PREVIEW: Final = 200
_TAB: Final = {"tab": "letters"}


def filter_in(search: str) -> Filter:
    """The filter of the address. Pure. Raises InvalidEvent."""
    return asked(search, GRAMMAR)


def words_of(condition: Condition) -> str:
    """`reason oversized`, `bytes > 1000`: a condition for people. Pure."""
    said = " or ".join(shown_text(value, 60) for value in condition.values)
    sign = "" if condition.operator == "=" else f" {condition.operator}"
    return f"{condition.field}{sign} {said}"


def chips(search: str) -> list[html.Button]:
    """The conditions of the address, each to be taken back. Raises InvalidEvent."""
    return [
        button(words_of(one), glyph="close", id={"type": "letter-filter", "name": "".join(one[:2])})
        for one in filter_in(search).conditions
    ]


def without(search: str, name: str) -> str:
    """The address without the condition of a chip. Pure. Raises InvalidEvent."""
    wanted = filter_in(search)
    kept = tuple(one for one in wanted.conditions if "".join(one[:2]) != name)
    return with_params(address_of(search, replace(wanted, conditions=kept)), _TAB)


async def part(search: str) -> html.Div:
    """The newest that fit, a page of them. Raises InvalidEvent, Unavailable, ApiProblem."""
    wanted, cursor = filter_in(search), first(search, "cursor")
    params = api_params(wanted)
    found = await api().get("/dead-letters", limit=LIMIT, cursor=cursor or None, **params)
    items = found["items"]
    clear = "/pipeline?tab=letters"
    if not items and not params and not cursor:
        said = "Everything that came in could be used. What cannot be is kept here with its reason."
        return html.Div(panel(first_use("No dead letters", said, glyph="check")))
    body: Any = _grid([row_of(one) for one in items])
    if not items:
        body = no_match(found["scanned"], clear_href=clear)
    csv = csv_link("dead-letters", f"?{to_query(wanted)}" if params else "")
    pages = [csv, *_pages(search, cursor, found["next_cursor"])]
    return html.Div(panel(body, title="Dead letters", note=_note(found), actions=pages, flush=True))


def _note(found: Mapping[str, Any]) -> str:
    """How many there are is known only where nothing is filtered."""
    all_of_them = found["total"] is not None
    shown = f"{len(found['items']):,}" + (f" of {found['total']:,}" if all_of_them else "")
    if found["complete"] and all_of_them:
        return shown
    return f"{shown}, {found['scanned']:,} looked at" + ("" if found["complete"] else " so far")


def _pages(search: str, cursor: str, following: str | None) -> list[html.A]:
    links = []
    if cursor:
        newest = with_params(search, {"cursor": None, "sel": None})
        links.append(html.A("Newest", href=f"/pipeline{newest}", className="button"))
    if following:
        older = with_params(search, {"cursor": following, "sel": None})
        links.append(html.A("Older", href=f"/pipeline{older}", className="button"))
    return links


def row_of(letter: Mapping[str, Any]) -> dict[str, Any]:
    """What the list shows of one. Pure."""
    return {
        "id": letter["id"],
        "at": letter["at"],
        "reason": shown_text(str(letter["reason"]), 80),
        "source": shown_text(str(letter["source"]), 200),
        "stage": letter["stage"],
        "bytes": letter["bytes"],
        "text": shown_text(str(letter["preview"] or letter["detail"]), _PREVIEW).replace("\n", " "),
        "back": "sent again" if letter["brought_back"] else "",
        "acknowledged": letter["brought_back"],
    }


def _grid(rows: Sequence[dict[str, Any]]) -> html.Div:
    columns = [
        column("at", "When", "ago", width=110, sortable=False),
        column("reason", "Reason", width=150, sortable=False),
        column("source", "Source", "mono", flex=1, width=150, sortable=False),
        column("stage", "Stage", width=90, sortable=False),
        column("bytes", "Size", "number", width=90, unit="bytes", sortable=False),
        column("text", "Begins with", "mono", flex=2, width=200, sortable=False),
        column("back", "", "state", width=110, sortable=False),
    ]
    return grid(
        "pipeline-letters",
        columns,
        rows,
        row_id="id",
        title_field="reason",
        card_fields=("at", "source", "text"),
        height="calc(var(--row) * 14)",
        label="Dead letters",
        selection="multiple",
    )


def tools(role: Role) -> list[Any]:
    """What this role may do to those that are chosen, else to all that the filter lets through."""
    made: list[Any] = []
    if may(role, Permission.REPLAY_DEAD_LETTERS):
        made.append(deed_button("Send again", "replay", "chosen", glyph="refresh"))
    if may(role, Permission.PURGE_DEAD_LETTERS):
        made.append(deed_button("Delete", "purge", "chosen", glyph="trash", danger=True))
    return made


def deed_button(words: str, deed: str, on: str, **looks: Any) -> html.Button:
    """Asks in the sheet, which opens with the question; `on` is a letter, or `chosen`."""
    return button(words, id={"type": "letter-deed", "deed": deed, "on": on}, **looks)


async def details(id: str, role: Role) -> list[Any]:
    """One letter in the drawer. Raises Unavailable, ApiProblem."""
    letter = await api().get(api_path("dead-letters", id))
    may_see = may(role, Permission.READ_RAW_BYTES)
    return drawer_content(
        shown_text(str(letter["reason"]), 120),
        facts(_facts(letter)),
        html.Div([html.H3("How it begins"), _preview(letter, may_see)], className="stack"),
        note=[moment(letter["at"], relative=True), f", {shown_text(str(letter['source']), 120)}"],
        actions=_actions(letter, role),
    )


def _facts(letter: Mapping[str, Any]) -> list[tuple[str, Any]]:
    much = [
        f"{letter[noun]:,} {noun if letter[noun] != 1 else noun[:-1]}"
        for noun in ("lines", "points")
        if letter[noun]
    ]
    place = f"{letter['topic']}, partition {letter['partition']}, offset {letter['offset']:,}"
    rows: list[tuple[str, Any]] = [
        ("Why", outside_text(str(letter["detail"]) or str(letter["reason"]))),
        ("State", state("sent again" if letter["brought_back"] else "set aside")),
        ("Source", narrowing("source", str(letter["source"]))),
        ("Reason", narrowing("reason", str(letter["reason"]))),
        ("Given up by", narrowing("stage", str(letter["stage"]))),
        ("Holds", ", ".join(much) or "a whole record"),
        ("Size", number(letter["bytes"], "bytes")),
        ("Came from", html.Code(shown_text(place, 200))),
        ("When", moment(letter["at"])),
    ]
    if letter["range"]:
        rows.append(("Range", html.Code(shown_text(str(letter["range"]), 300))))
    if letter["trace"]:
        rows.append(("Trace", html.Code(shown_text(str(letter["trace"]), 80))))
    return rows


def narrowing(name: str, value: str) -> html.A:
    """Leads to the letters that have the same."""
    href = f"/pipeline{with_params(address_of('', Filter().having(name, value)), _TAB)}"
    return html.A(shown_text(value, 200), href=href, title=f"Only this {name}")


def _preview(letter: Mapping[str, Any], may_see: bool) -> Any:
    if not may_see:
        words = "Its bytes may hold secrets: operators and admins see them."
        return html.P([icon("lock"), " ", words], className="dim")
    if not letter["preview"]:
        return html.P("No text at its beginning.", className="dim")
    return html.Pre(outside_text(str(letter["preview"]), mono=True), className="sample")


def _actions(letter: Mapping[str, Any], role: Role) -> list[Any]:
    id = str(letter["id"])
    made: list[Any] = []
    if may(role, Permission.REPLAY_DEAD_LETTERS):
        useless = not letter["can_be_replayed"] or letter["brought_back"]
        looks = {"glyph": "refresh", "filled": True, "disabled": useless}
        made.append(deed_button("Send again", "replay", id, **looks))
    if may(role, Permission.READ_RAW_BYTES):
        href = api_path("dead-letters", id, "raw")
        words: list[Any] = [icon("download"), "Original bytes"]
        made.append(html.A(words, href=href, className="button", download=f"dead-letter-{id}.bin"))
    if may(role, Permission.PURGE_DEAD_LETTERS):
        made.append(deed_button("Delete", "purge", id, glyph="trash", danger=True, quiet=True))
    return made
