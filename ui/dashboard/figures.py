"""The four figures of the dashboard, each a link; a part that is not known says why."""

from collections.abc import Mapping
from typing import Any

from dash import html

from ui.components.kpi import kpi, kpis
from ui.components.number import number, shown
from ui.components.severity import severity
from ui.components.text import shown_text
from ui.components.times import moment
from ui.dashboard.headline import silent_href, silent_words


def figures(seen: Mapping[str, Any], since: str) -> html.Div:
    """From an answer of GET /dashboard; `since` says in words of which stretch of time."""
    return kpis(_firing(seen, since), _patterns(seen, since), _silent(seen), _ingest(seen))


def _unknown(title: str, seen: Mapping[str, Any], name: str, href: str) -> Any:
    why = (seen.get("unavailable") or {}).get(name) or "it is not known now"
    return kpi(title, number(None), note=shown_text(str(why), 120), href=href)


def _firing(seen: Mapping[str, Any], since: str) -> Any:
    firing = seen.get("firing")
    if firing is None:
        return _unknown("Firing alerts", seen, "firing", "/alerts?state=firing")
    counts = [(one["severity"], one["firing"]) for one in firing["by_severity"] if one["firing"]]
    words: list[Any] = [
        html.Span([severity(word), f" {count:,}"], className="number") for word, count in counts
    ]
    taken = sum(one["acknowledged"] for one in firing["by_severity"])
    if taken:
        words.append(html.Span(f"{taken:,} acknowledged"))
    begun = html.Div(f"{sum(firing['trend']):,} began {since}")
    return kpi(
        "Firing alerts",
        number(firing["total"]),
        note=[html.Div(words or "nothing fires now", className="row wrap tight"), begun],
        course=firing["trend"],
        href="/alerts?state=firing",
    )


def _patterns(seen: Mapping[str, Any], since: str) -> Any:
    found = seen.get("patterns")
    if found is None:
        return _unknown("New patterns", seen, "patterns", "/patterns?new=1&sort=-first_seen")
    newest = found["items"][:1]
    first = ["newest ", moment(newest[0]["first_seen"], relative=True)] if newest else "none"
    return kpi(
        "New patterns",
        number(found["count"]),
        note=[html.Div(first), html.Div(f"never seen before {since}")],
        course=found["trend"],
        href="/patterns?new=1&sort=-first_seen",
    )


def _silent(seen: Mapping[str, Any]) -> Any:
    silent = seen.get("silent")
    if silent is None:
        return _unknown("Silent", seen, "silent", "/fleet?state=silent")
    total = silent["host_count"] + silent["source_count"]
    named: list[tuple[str, Any]] = [(one["host"], one["last_seen"]) for one in silent["hosts"]]
    named += [(one["source"], one["since"]) for one in silent["sources"]]
    latest = [
        html.Div([html.Code(shown_text(str(name), 60)), " since ", moment(at)], className="cut")
        for name, at in named[:2]
    ]
    calm = [html.Div("every host and source speaks")]
    return kpi(
        "Silent hosts and sources",
        number(total),
        note=[html.Div(silent_words(silent)), *latest] if total else calm,
        href=silent_href(silent),
    )


def _ingest(seen: Mapping[str, Any]) -> Any:
    ingest, lag = seen.get("ingest"), seen.get("lag")
    if ingest is None:
        return _unknown("Coming in", seen, "ingest", "/pipeline")
    late = "lag not known" if lag is None else f"worst lag {shown(lag['seconds'], 's')}"
    if lag and not lag["seconds"]:
        late = "everything is stored"
    points = shown(ingest["points_per_second"], "points/s")
    return kpi(
        "Coming in",
        number(ingest["lines_per_second"], "lines/s"),
        note=[html.Div(f"{points} · {late}"), html.Div("lines a minute, last 30 minutes")],
        course=ingest["lines_trend"],
        href="/pipeline",
    )
