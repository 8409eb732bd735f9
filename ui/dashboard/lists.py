"""The worst alerts that fire, and the newest patterns: what to open next."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from dash import html

from ui.components.page import panel
from ui.components.severity import demo_badge, severity, state
from ui.components.template import template
from ui.components.text import shown_text
from ui.components.times import moment


def top_alerts(seen: Mapping[str, Any]) -> html.Section:
    """Each leads to its drawer; acknowledged ones are dim."""
    rows = [_alert(one) for one in seen.get("top_alerts") or []]
    why = _why(seen, "top_alerts", "Nothing fires.")
    link = html.A("All alerts", href="/alerts", className="button")
    return _panel("Top firing alerts", "the worst first", rows, why, link)


def newest_patterns(seen: Mapping[str, Any], since: str) -> html.Section:
    """Each leads to its lines and numbers."""
    found = seen.get("patterns")
    rows = [_pattern(one) for one in (found or {}).get("items") or []]
    why = _why(seen, "patterns", f"No pattern was new {since}.")
    link = html.A("All patterns", href="/patterns", className="button")
    return _panel("Newest patterns", f"never seen before {since}", rows, why, link)


def _panel(title: str, note: str, rows: Sequence[Any], why: str, link: html.A) -> html.Section:
    inside = html.Ul(rows, className="list lines") if rows else html.P(why, className="dim")
    return panel(inside, title=title, note=note, actions=[link])


def _why(seen: Mapping[str, Any], name: str, otherwise: str) -> str:
    if seen.get(name) is None:
        why = (seen.get("unavailable") or {}).get(name) or "it is not known now"
        return f"Not shown: {shown_text(str(why), 200)}"
    return otherwise


def _alert(one: Mapping[str, Any]) -> html.Li:
    taken = one["state"] != "firing"
    place = one["host"] or one["source"]
    below: list[Any] = (
        [html.Span(shown_text(str(place), 80), className="mono cut")] if place else []
    )
    below += [html.Span(["began ", moment(one["first_seen"], relative=True)])]
    below += [html.Span(shown_text(f"with {one['owner']}", 60))] if one["owner"] else []
    below += [state(one["state"])] if taken else []
    below += [demo_badge()] if one["demo"] else []
    link = html.A(
        [
            html.Span(severity(one["severity"]), className="lead"),
            html.Span(
                [
                    html.Span(shown_text(str(one["title"]), 300), className="cut strong"),
                    html.Span(below, className="below dim small"),
                ],
                className="words",
            ),
        ],
        href=f"/alerts?sel={quote(str(one['id']), safe='')}",
        className="line",
    )
    return html.Li(link, className="acknowledged" if taken else "")


def _pattern(one: Mapping[str, Any]) -> html.Li:
    sources = ", ".join(map(str, one["sources"]))
    below = [
        html.Span(severity(str(one["severity"]))),
        html.Span(shown_text(sources, 120), className="mono cut"),
        html.Span(["first seen ", moment(one["first_seen"], relative=True)]),
    ]
    words = html.Span(
        [
            html.Span(template(str(one["template"])[:400]), className="cut"),
            html.Span(below, className="below dim small"),
        ],
        className="words",
    )
    href = f"/patterns?sel={quote(str(one['uid']), safe='')}"
    return html.Li(html.A(words, href=href, className="line"))
