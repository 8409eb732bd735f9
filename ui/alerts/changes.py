"""What changed in the 30 minutes before an alert, and where to look: the first things to read."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode

from dash import html

from ui.components.icon import icon
from ui.components.severity import demo_badge, severity
from ui.components.template import template
from ui.components.text import outside_link, safe_href, shown_text
from ui.components.times import clock, moment, parsed
from ui.links import filtered

_BEFORE: Final = timedelta(minutes=30)
_AFTER: Final = timedelta(minutes=10)
_LISTED: Final = 5  # of each kind


def links(alert: Mapping[str, Any]) -> html.Div:
    """To its chart, lines, pattern and host around the time it began, and to what it names."""
    labels = alert.get("labels") or {}
    host, source = labels.get("host", ""), labels.get("source", "")
    made: list[Any] = []
    if host and labels.get("metric"):
        about = {"host": host, "metric": labels["metric"]}
        made.append(_link("metrics", f"{labels['metric']} chart", "/metrics", about, alert))
    if pattern := labels.get("pattern"):
        made.append(_link("patterns", "Pattern", "/patterns", {"sel": pattern}, alert))
    if host or source:
        about = {"host": host} if host else {"source": source}
        made.append(_link("logs", f"Lines of {host or source}", "/logs", about, alert))
    if host:
        made.append(_link("fleet", f"Host {host}", "/fleet", {"sel": host}, alert))
    outside = [(name, url) for name, url in (alert.get("links") or {}).items() if safe_href(url)]
    made += [
        html.Span([icon("external"), outside_link(name[:60], url)], className="button")
        for name, url in outside
    ]
    return html.Div(made, className="row wrap")


def _link(
    glyph: str, words: str, path: str, about: Mapping[str, str], alert: Mapping[str, Any]
) -> html.A:
    href = f"{path}?{urlencode({**about, **around(alert)}, safe=':/', quote_via=quote)}"
    if path == "/logs":  # which reads a filter
        href = filtered(path, about, **around(alert))
    return html.A(
        [icon(glyph), html.Span(shown_text(words, 40), className="cut")],
        href=href,
        className="button",
    )


def around(alert: Mapping[str, Any], now: datetime | None = None) -> dict[str, str]:
    """From half an hour before it began until it was over, or now; never less than 40 minutes."""
    began = parsed(alert["first_seen"]).astimezone(UTC)
    over = alert.get("resolved_at")
    ended = parsed(over).astimezone(UTC) if over else now or datetime.now(UTC)
    until = min(max(began, ended) + _AFTER, began + timedelta(days=1))
    return {
        "from": (began - _BEFORE).isoformat(timespec="seconds"),
        "to": until.isoformat(timespec="seconds"),
    }


def changed(found: Mapping[str, Any]) -> list[Any]:
    """Roll-outs first, as they explain most; then series, new patterns, other alerts."""
    kinds: list[tuple[str, Sequence[Any]]] = [
        ("Roll-outs", [_rollout(one) for one in found["rollouts"]]),
        ("Metrics and rates", [_series(one) for one in found["series"]]),
        ("New patterns", [_pattern(one) for one in found["new_patterns"]]),
        ("Other alerts", [_alert(one) for one in found["alerts"]]),
    ]
    parts = [part for name, rows in kinds if rows for part in _kind(name, rows)]
    if parts:
        return parts
    since, until = clock(found["since"]), clock(found["until"])
    place = shown_text(str(found["place"]), 100) or "everything"
    words = f"Nothing that is watched changed between {since} and {until} ({place})."
    return [html.P(words, className="dim")]


def _kind(name: str, rows: Sequence[Any]) -> list[Any]:
    more = len(rows) - _LISTED
    rest = [html.Li(f"and {more} more", className="dim small")] if more > 0 else []
    return [html.H3(name), html.Ul([*rows[:_LISTED], *rest], className="list changes")]


def _rollout(one: Mapping[str, Any]) -> html.Li:
    lines = f"{one['lines']:,} line{'s' if one['lines'] != 1 else ''}"
    return _item(one["last_minute"], _pattern_link(one), f"{lines} of {one['source']}")


def _pattern(one: Mapping[str, Any]) -> html.Li:
    return _item(one["first_seen"], _pattern_link(one), f"never seen before in {one['source']}")


def _pattern_link(one: Mapping[str, Any]) -> html.A:
    text = str(one["template"] or one["sample"] or one["uid"])[:300]
    return html.A(template(text), href=f"/patterns?sel={quote(str(one['uid']), safe='')}")


def _series(one: Mapping[str, Any]) -> html.Li:
    words = str(one["metric"] or one["scope"])
    if one["metric"] and one["host"]:
        query = urlencode({"host": one["host"], "metric": one["metric"]}, quote_via=quote)
        head: Any = html.A(shown_text(f"{words} of {one['host']}", 120), href=f"/metrics?{query}")
    elif one["pattern"]:
        href = f"/patterns?sel={quote(str(one['pattern']), safe='')}"
        head = html.A(shown_text(f"Rate of a pattern of {one['source']}", 120), href=href)
    else:
        head = html.Span(shown_text(words, 120))
    over = "" if one["active"] else " · over"
    return _item(one["onset"], head, shown_text(str(one["reason"]), 300) + over)


def _alert(one: Mapping[str, Any]) -> html.Li:
    words = html.A(
        shown_text(str(one["title"]), 200), href=f"/alerts?sel={quote(str(one['id']), safe='')}"
    )
    badge = [demo_badge()] if one.get("demo") else []
    return _item(
        one["first_seen"], html.Span([severity(str(one["severity"])), " ", words, *badge]), ""
    )


def _item(at: str, head: Any, note: str) -> html.Li:
    below = [html.Div(shown_text(note, 400), className="dim small")] if note else []
    return html.Li([moment(at), html.Div([head, *below])])
