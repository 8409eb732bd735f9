"""The facets of the alerts page: each value with its count, a link that asks for it, one that
keeps it out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from dash import html

from schemas.alert_lists import FACETS
from schemas.filters import Filter, Sort
from ui.components.attributes import hyphened
from ui.components.icon import icon
from ui.components.severity import severity
from ui.components.text import shown_text
from ui.filtering import address_of, is_asked, toggled

PATH: Final = "/alerts"
_SHOWN: Final = 8  # values of a facet; those that are asked for are always there
_SORTS: Final = (
    ("", "Worst first"),
    ("-first_seen", "Newest first"),
    ("-last_seen", "Last seen first"),
    ("-count", "Most signals first"),
    ("title", "By title"),
)
_OPERATORS: Final = {"=": "is", "!=": "is not", ">=": "at least", "<=": "at most"}
_VIEWS: Final = (("All", ""), ("Firing", "firing"), ("Acknowledged", "acknowledged"))


def facets(counts: Mapping[str, Sequence[Mapping[str, Any]]], wanted: Filter, search: str) -> Any:
    """One group a field, in the API's order; a field of which nothing is known is left out."""
    groups = [_group(name, counts.get(name) or [], wanted, search) for name in FACETS]
    return [group for group in groups if group is not None]


def _group(
    name: str, counts: Sequence[Mapping[str, Any]], wanted: Filter, search: str
) -> html.Section | None:
    known = [(str(one["value"]), int(one["count"])) for one in counts if one["value"]]
    chosen = [
        value
        for value, _ in known
        if is_asked(wanted, name, value) or is_asked(wanted, name, value, "!=")
    ]
    asked = {c.field: c.values for c in wanted.conditions}.get(name, ())
    missing = [(value, 0) for value in asked if value and value not in dict(known)]
    shown = [pair for n, pair in enumerate(known) if n < _SHOWN or pair[0] in chosen] + missing
    if not shown:
        return None
    more = len(known) + len(missing) - len(shown)
    rest = [html.Li(f"and {more} more", className="dim small")] if more else []
    values = [_value(name, value, count, wanted, search) for value, count in shown]
    return html.Section(
        [html.H3(name.capitalize()), html.Ul([*values, *rest], className="facet-values")],
        className="facet",
    )


def _value(name: str, value: str, count: int, wanted: Filter, search: str) -> html.Li:
    word = severity(value) if name == "severity" else shown_text(value, 80)
    kept_in, kept_out = is_asked(wanted, name, value), is_asked(wanted, name, value, "!=")
    href = PATH + address_of(search, toggled(wanted, name, value))
    out = PATH + address_of(search, toggled(wanted, name, value, "!="))
    style = "in" if kept_in else "out" if kept_out else ""
    said = "Keep out no more" if kept_out else "Keep out"
    return html.Li(
        [
            html.A(
                [
                    html.Span(word, className="cut"),
                    html.Span(f"{count:,}", className="number dim small"),
                ],
                href=href,
                className="facet-value",
                title=shown_text(value, 200),
                **hyphened({"aria-current": "true"} if kept_in else {}),
            ),
            html.A(
                icon("minus"),
                href=out,
                className="facet-out",
                title=f"{said}: {shown_text(value, 80)}",
                **hyphened({"aria-label": f"{said}: {shown_text(value, 80)}"}),
            ),
        ],
        className=style,
    )


def views(wanted: Filter, search: str, username: str) -> html.Nav:
    """The filters that people use all day."""
    state = wanted.values("state")
    links = [
        _view(words, wanted.without("state").having("state", word) if word else Filter(),
              search, current=state == ((word,) if word else ()) and not wanted.values("owner"))
        for words, word in _VIEWS
    ]  # fmt: skip
    firing = wanted.without("owner").having("state", "firing", "acknowledged")
    mine = firing.having("owner", username)
    free = firing.having("owner", "")
    owner = wanted.values("owner")
    if username:
        links.append(_view("Mine", mine, search, current=owner == (username,)))
    links.append(_view("Nobody's", free, search, current=owner == ("",)))
    return html.Nav(links, className="segments links", **hyphened({"aria-label": "Views"}))


def _view(words: str, wanted: Filter, search: str, *, current: bool) -> html.A:
    mark = hyphened({"aria-current": "true"} if current else {})
    return html.A(words, href=PATH + address_of(search, wanted), **mark)


def sorting(wanted: Filter, search: str) -> html.Details:
    """In which order, as links: headers could only sort the part that is shown."""
    now = str(wanted.sort or "")
    words = dict(_SORTS).get(now, f"By {now.removeprefix('-').replace('_', ' ')}")
    items = [
        html.A(said, href=PATH + address_of(search, _sorted(wanted, name)), className="item")
        for name, said in _SORTS
    ]
    return html.Details(
        [
            html.Summary([words, icon("down")], className="button"),
            html.Div(items, className="popup"),
        ],
        className="menu",
        id="alerts-sort",
    )


def _sorted(wanted: Filter, name: str) -> Filter:
    sort = Sort(name.removeprefix("-"), name.startswith("-")) if name else None
    return replace(wanted, sort=sort)


def chips(wanted: Filter, search: str) -> list[Any]:
    """What is asked for, each with the way out of it."""
    made = []
    for one in wanted.conditions:
        values = ", ".join(value or "nobody" for value in one.values)
        words = f"{one.field} {_OPERATORS.get(one.operator, one.operator)} {values}"
        rest = tuple(other for other in wanted.conditions if other is not one)
        made.append(_chip(words, PATH + address_of(search, replace(wanted, conditions=rest))))
    if wanted.q:
        made.append(_chip(f"“{wanted.q}”", PATH + address_of(search, replace(wanted, q=""))))
    return made


def _chip(words: str, href: str) -> html.A:
    said = shown_text(words, 80)
    label = hyphened({"aria-label": f"Take out: {said}"})
    return html.A([said, icon("close")], href=href, className="chip info removable", **label)
