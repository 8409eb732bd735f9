"""The drawer of one host: how it does, what it measures, who tells of it, what fires."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from dash import html

from ui.components.attributes import hyphened
from ui.components.button import link_button
from ui.components.drawer import drawer_content
from ui.components.number import number
from ui.components.page import facts, table
from ui.components.severity import demo_badge, severity, shape_of
from ui.components.spark import spark
from ui.components.states import notice
from ui.components.text import shown_text
from ui.components.times import ago, moment, parsed
from ui.fleet.reading import Host
from ui.links import filtered


def health(one: Mapping[str, Any]) -> html.Span:
    """State as the shape of what is worst, and its word."""
    state = str(one["state"])
    shape = shape_of(str(one["severity"])) if one["severity"] else state
    drawn = html.Span(className=f"icon shape shape-{shape}", **hyphened({"aria-hidden": "true"}))
    words = f"{state}, {one['severity']}" if one["severity"] else state
    return html.Span([drawn, words], className=f"severity severity-{shape}")


def drawer_of(host: Host) -> list[Any]:
    """What stands in the drawer."""
    one = host.detail
    name = str(one["host"])
    note: list[Any] = [health(one), " · last seen ", moment(one["last_seen"], relative=True)]
    parts = [_silence(one), _alerts(one), _courses(host), _identity(one), _tellers(one)]
    return drawer_content(
        html.Span([shown_text(name, 120), " ", *([demo_badge()] if one["demo"] else [])]),
        *[part for part in parts if part is not None],
        note=html.Span(note, className="row wrap"),
        actions=[
            link_button("Metrics", _to("/metrics", host=name), glyph="metrics", filled=True),
            link_button("Logs", filtered("/logs", {"host": name}), glyph="logs"),
            link_button("Alerts", filtered("/alerts", {"host": name}), glyph="alerts"),
        ],
    )


def _to(path: str, **params: str) -> str:
    return f"{path}?{urlencode(params)}"


def _silence(one: Mapping[str, Any]) -> Any:
    if not one["silent"]:
        return None
    since = f" since {ago(one['last_seen'])}" if one["last_seen"] else ""
    return notice(f"Silent{since}: neither a metric nor a log line came.", glyph="unplugged")


def _alerts(one: Mapping[str, Any]) -> Any:
    if not one["alerts"]:
        return _part("Open alerts", html.P("None.", className="dim"))
    items = [
        html.Li(
            [
                html.Div(
                    [
                        html.A(
                            shown_text(str(alert["title"]), 200),
                            href=_to("/alerts", sel=str(alert["id"])),
                        ),
                        html.Div(
                            [alert["state"], " since ", moment(alert["first_seen"])],
                            className="dim small",
                        ),
                    ]
                ),
                severity(str(alert["severity"])),
            ]
        )
        for alert in one["alerts"]
    ]
    return _part(f"Open alerts ({one['firing'] or len(items)})", html.Ul(items, className="list"))


def _courses(host: Host) -> Any:
    if not host.courses:
        return _part("Metrics", html.P("It measures nothing.", className="dim"))
    lines = [
        html.A(
            [
                html.Div(
                    [
                        html.Div(
                            shown_text(str(row["opens"]), 80), className="meter-name cut mono"
                        ),
                        *([_rings(row)] if row["anomalies_24h"] else []),
                    ]
                ),
                spark(values, f"course of {row['opens']}"),
                number(row["last"], row["unit"]),
            ],
            href=_to("/metrics", host=str(host.detail["host"]), metric=str(row["opens"])),
            className="meter",
            title=str(row["opens"])[:200],
        )
        for row, values in host.courses
    ]
    return _part("Metrics", html.Div(lines, className="meters"))


def _rings(row: Mapping[str, Any]) -> html.Span:
    words = f"{row['anomalies_24h']} in 24 h"
    return html.Span([html.Span(className="ring"), words], className="rings dim small")


def _identity(one: Mapping[str, Any]) -> Any:
    rows = [
        ("Last seen", moment(one["last_seen"])),
        ("Services", shown_text(", ".join(one["services"]) or "none", 400)),
        ("Metrics", number(one["metrics"])),
        ("Anomalies in 24 h", number(one["anomalies_24h"])),
        ("Known from", "live data" if one["live"] else "imported files or alerts alone"),
    ]
    return _part("Identity", facts(rows))


def _tellers(one: Mapping[str, Any]) -> Any:
    if not one["told_by"]:
        return None
    rows = [
        [
            html.Code(shown_text(teller.source, 80)),
            f"{teller.kind} of {teller.services} services" if teller.services > 1 else teller.kind,
            moment(teller.last_seen, relative=True),
        ]
        for teller in tellers(one["told_by"])[:50]
    ]
    drawn = table(("Source", "What", "Last seen"), rows, right=(2,))
    return _part("Who tells of it", drawn)


class Teller(NamedTuple):
    """A source that tells of a host, with how many services."""

    source: str
    kind: str
    services: int
    last_seen: str


def tellers(told_by: Sequence[Mapping[str, Any]]) -> list[Teller]:
    """Each source once a kind, the newest of its services counts. Pure."""
    found: dict[tuple[str, str], Teller] = {}
    for told in told_by:
        key, seen = (str(told["source"]), str(told["kind"])), str(told["last_seen"])
        known = found.get(key, Teller(*key, 0, seen))
        latest = max(known.last_seen, seen, key=parsed)
        found[key] = known._replace(
            services=known.services + bool(told["service"]), last_seen=latest
        )
    return list(found.values())


def _part(title: str, body: Any) -> html.Section:
    return html.Section([html.H3(title), body], className="stack tight")
