"""The anomalies below the chart: what was measured, what is usual, why, when, which alert."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote

from dash import html

from ui.address import Period, with_params
from ui.components.page import panel
from ui.components.severity import demo_badge, severity
from ui.components.text import shown_text
from ui.components.times import moment, parsed
from ui.metrics.reading import Seen
from ui.metrics.words import against, counted, lasted, within

_MOST: Final = 50
_AROUND: Final = timedelta(minutes=30)


def strange(seen: Seen, when: Period, search: str) -> html.Section:
    """Of the drawn metric, the newest first; then what else is strange on the host."""
    own = seen.own
    title = f"Anomalies of {shown_text(seen.choice.metric, 80)}"
    if not own:
        words = f"None {within(when)}. A ring on the chart marks each that comes."
        body: list[Any] = [html.P(words, className="dim")]
    else:
        body = [html.Ul([_item(one, search) for one in own[:_MOST]], className="strange")]
        if len(own) > _MOST:
            words = f"The newest {_MOST} of {len(own):,}; a shorter range shows the others."
            body.append(html.P(words, className="dim small"))
    note = counted(len(own)) + " " + within(when) if own else ""
    return panel(*body, *_others(seen), title=title, note=note)


def _item(one: Mapping[str, Any], search: str) -> html.Li:
    at = parsed(one["timestamp"])
    around = {
        "from": (at - _AROUND).isoformat(timespec="seconds"),
        "to": (at + _AROUND).isoformat(timespec="seconds"),
        "range": None,
    }
    zoom = html.A(
        moment(at),
        href=f"/metrics{with_params(search, around)}",
        title="Show the hour around it",
    )
    said = [html.Span(against(one), className="number strange-value")]
    said += [demo_badge()] if one.get("demo") else []
    return html.Li(
        [
            severity(str(one["severity"])),
            html.Div(
                [
                    html.Div(said, className="row wrap"),
                    html.Div(shown_text(str(one["reason"]), 400), className="dim small outside"),
                ]
            ),
            html.Div(
                [zoom, html.Span(lasted(one), className="dim small")], className="strange-when"
            ),
            _alert(one),
        ]
    )


def _alert(one: Mapping[str, Any]) -> Any:
    if not one["alert_id"]:
        return html.Span("no alert", className="dim small")
    return html.A("Alert", href=f"/alerts?sel={quote(str(one['alert_id']), safe='')}")


def _others(seen: Seen) -> list[Any]:
    """Links to the other metrics of the host that are strange, the most often first."""
    counts: dict[str, int] = {}
    for one in seen.anomalies:
        if one["metric"] != seen.choice.metric:
            counts[str(one["metric"])] = counts.get(str(one["metric"]), 0) + 1
    if not counts:
        return []
    most = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:12]
    host = quote(seen.choice.host, safe="")
    links = [
        html.A(
            [html.Span(className="ring"), shown_text(name, 80), html.Span(str(count))],
            href=f"/metrics?host={host}&metric={quote(name, safe='')}",
            className="chip link",
        )
        for name, count in most
    ]
    return [
        html.H3("Also strange on this host", className="strange-also"),
        html.Div(links, className="row wrap"),
    ]
