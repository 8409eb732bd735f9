"""/_styleguide: every component in every state, in development alone; asks nobody."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import dash_mantine_components as dmc
from dash import Input, Output, callback, html, register_page

from schemas.errors import Unavailable
from ui.components import chart as charts
from ui.components.attributes import hyphened
from ui.components.button import button, field, icon_button, text_input
from ui.components.drawer import drawer, drawer_content
from ui.components.grid import column, grid
from ui.components.icon import icon
from ui.components.kpi import kpi, kpis
from ui.components.number import delta, number
from ui.components.page import facts, page, page_head, panel, table
from ui.components.severity import demo_badge, severity, state
from ui.components.states import failed, first_use, kpi_skeletons, no_match, notice, skeleton
from ui.components.template import template
from ui.components.text import outside_link, outside_text
from ui.components.times import moment

register_page(__name__, path="/_styleguide", name="Style guide", hidden=True)

_SEVERITIES: Final = ("critical", "high", "warning", "info", "low", "ok")
_STATES: Final = (
    *("firing", "pending", "acknowledged", "resolved", "expired", "suppressed"),
    *("silent", "new", "ok", "disabled", "revoked"),
)
_ICONS: Final = (
    *("dashboard", "patterns", "logs", "metrics", "alerts", "fleet", "pipeline"),
    *("integrations", "settings", "search", "sun", "moon", "sound", "mute", "bell", "user"),
    *("users", "pause", "play", "close", "check", "down", "up", "right", "left", "filter"),
    *("more", "help", "copy", "refresh", "external", "upload", "download", "plus", "minus"),
    *("trash", "edit", "key", "lock", "clock", "link", "info", "logout", "comment", "eye"),
    *("history", "inbox", "tag", "keyboard", "spark", "unplugged"),
)
_TEMPLATES: Final = (
    "connection from <ip>:<num> refused after <dur>",
    "GET <path> <num> in <dur> trace=<hex>",
    "session <uuid> of user <*> expired at <time>",
)
_HOSTILE: Final = "<script>alert(1)</script> \x1b[31mred\x1b[0m \u202egnp.exe \u200bzero"


def layout(search: str = "", **_: str) -> html.Div:
    """Everything below one another."""
    now = datetime.now(UTC)
    return page(
        page_head(
            "Style guide",
            [html.Strong("3 of 128 hosts"), " are silent, the longest for 26 min"],
            filters=[button("severity: critical", glyph="close"), button("Filter", glyph="filter")],
            actions=[
                button("Quiet", quiet=True),
                button("Plain", glyph="refresh", id="style-drawer-open"),
                button("Filled", filled=True, glyph="plus"),
            ],
        ),
        _figures(),
        _rows(now),
        _charts(now),
        html.Div([_words(), _texts(now), _controls()], className="columns"),
        _few_rows(now),
        _states(now),
        _icons(),
        drawer("style-drawer", param="drawer"),
    )


@callback(
    Output("style-drawer", "children"),
    Output("style-drawer", "hidden"),
    Input("style-drawer-open", "n_clicks"),
    prevent_initial_call=True,
)
async def open_drawer(_: int | None) -> tuple[list[Any], bool]:
    """A drawer with a head, facts and actions."""
    rows = [("Host", html.Code("db-prod-03")), ("First seen", moment(datetime.now(UTC)))]
    return drawer_content(
        "cpu_usage of db-prod-03 far above its usual range",
        severity("critical"),
        facts(rows),
        panel(title="A panel", note="inside of a drawer"),
        note="14 minutes, 3 signs",
        actions=[button("Acknowledge", filled=True, key="e"), button("Resolve", key="r")],
    ), False


def _wave(count: int = 40, swing: float = 20, level: float = 50) -> list[float]:
    return [level + swing * math.sin(n / 5) + (n * 7919 % 11) - 5 for n in range(count)]


def _figures() -> html.Div:
    return kpis(
        kpi("Firing alerts", number(6), note="2 critical, 4 high", course=_wave(),
            change=delta(0.5, better="down", since="vs yesterday"), href="/_styleguide"),
        kpi("New patterns", number(14), note="in the last 24 h", course=_wave(30, 8),
            change=delta(-0.12, better="down")),
        kpi("Silent hosts", number(3), note="longest 26 min", change=delta(0.0)),
        kpi("Lines", number(8412, "lines/s"), note="worst lag 1.2 s", course=_wave(30, 3),
            change=delta(0.06, better="up")),
    )  # fmt: skip


def _charts(now: datetime) -> html.Div:
    count = 288
    times = [(now - timedelta(minutes=5 * (count - n))).isoformat() for n in range(count)]
    values = _wave(count, 18, 45)
    values[200] = 96
    line = charts.figure("%")
    charts.add_boxes(line, [charts.Box(times[180], times[220], 36, 64)])
    charts.add_line(line, "cpu_usage", times, list(values))
    charts.add_anomalies(line, [times[200]], [96], ["96 % (baseline 54 ± 6)"])
    bars = charts.figure()
    for n, word in enumerate(("info", "warning", "high", "critical")):
        heights = [abs(v) * (4 - n) / 9 for v in _wave(48, 14 - n, 16)]
        charts.add_bars(bars, word, times[::6], heights, severity=word)
    many = charts.figure("ms")
    names = [f"service-{n}" for n in range(8)]
    for n, name in enumerate(names):
        charts.add_line(many, name, times, _wave(count, 9, 20 + 14 * n))
    return html.Div(
        [
            panel(
                charts.chart("style-line", line, label="cpu_usage of checkout-api over a day"),
                title="checkout-api · cpu_usage",
                note="1 anomaly, band of what is usual",
                actions=[button("Open in Metrics")],
            ),
            panel(
                charts.chart("style-bars", bars, label="alerts by severity over a day"),
                title="Alerts by severity",
                note="per 30 minutes",
            ),
            panel(
                charts.chart("style-many", many, label="eight services"),
                title="Eight series",
            ),
        ],
        className="columns",
    )


def _rows(now: datetime) -> html.Section:
    columns = [
        column("severity", "Severity", "severity", width=110),
        column("title", "Title", "text", flex=2, width=240),
        column("host", "Host", "mono", width=130),
        column("template", "Pattern", "template", flex=3, width=260),
        column("count", "Lines", "number", width=90),
        column("share", "Share", "share", width=130),
        column("trend", "Trend", "spark", width=120, sortable=False),
        column("state", "State", "state", width=130),
        column("last_seen", "Last seen", "ago", width=110),
    ]
    rows = [
        {
            "id": n,
            "severity": _SEVERITIES[n % 5],
            "title": ("PostgreSQL connection pool exhausted", "Link flap on edge-fra-2")[n % 2],
            "host": f"db-prod-{n:02}",
            "template": _TEMPLATES[n % 3],
            "count": 31 ** (n % 6) + n,
            "share": 0.42 / (n + 1),
            "trend": _wave(24, 6 + n),
            "state": _STATES[n % 4],
            "last_seen": (now - timedelta(minutes=7 * n * n)).isoformat(),
            "acknowledged": n % 4 == 2,
        }
        for n in range(12)
    ]
    return panel(
        grid("style-grid", columns, rows, row_id="id", title_field="title",
             card_fields=("severity", "host", "state", "last_seen"), height="320px",
             label="Examples", selection="multiple"),
        title="A grid",
        note="12 rows, acknowledged ones dim",
        flush=True,
    )  # fmt: skip


def _words() -> html.Section:
    return panel(
        html.Div(
            [
                html.Div([severity(word) for word in _SEVERITIES], className="row wrap"),
                html.Div([state(word) for word in _STATES], className="row wrap"),
                html.Div(
                    [demo_badge(), html.Kbd("g a"), html.Code("checkout-api")], className="row"
                ),
                html.Div(
                    [
                        number(0.0123, "s"),
                        number(1234, "lines"),
                        number(2_345_678, "lines"),
                        number(3 * 2**31, "bytes"),
                        number(99.95, "%"),
                        number(93_600, "s"),
                        number(None),
                    ],
                    className="row wrap",
                ),
                html.Div(
                    [
                        delta(0.42, better="down", since="vs yesterday"),
                        delta(0.42, better="up"),
                        delta(-0.03),
                        delta(31, better="down"),
                    ],
                    className="row wrap",
                ),
            ],
            className="stack",
        ),
        title="Words and numbers",
    )


def _texts(now: datetime) -> html.Section:
    return panel(
        html.Div(
            [
                *[template(one) for one in _TEMPLATES],
                outside_text(_HOSTILE, mono=True),
                html.Div([moment(now), " · ", moment(now - timedelta(days=3), relative=True)]),
                outside_link("a runbook", "https://example.com/runbook"),
                outside_link("no link at all", "javascript:alert(1)"),
            ],
            className="stack",
        ),
        title="Texts from outside",
    )


def _controls() -> html.Section:
    return panel(
        html.Div(
            [
                field("A field", text_input("style-text", placeholder="placeholder")),
                dmc.Select(id="style-select", label="A choice", data=["one", "two"], value="one"),
                dmc.Switch(id="style-switch", label="A switch", checked=True),
                html.Div(
                    [
                        button("Danger", danger=True),
                        button("Off", disabled=True),
                        icon_button("copy", "Copy", **hyphened({"data-copy": "copied"})),
                    ],
                    className="row wrap",
                ),
            ],
            className="stack",
        ),
        title="Controls",
    )


def _few_rows(now: datetime) -> html.Section:
    rows = [
        ["shop", number(1_204), number(12.5, "lines/s"), state("ok"), moment(now, relative=True)],
        ["redis/logs", number(88), number(0), state("silent"), moment(now, relative=True)],
    ]
    names = ("Source", "Lines", "Rate", "State", "Last seen")
    return panel(table(names, rows, right=(1, 2)), title="A few rows")


def _states(now: datetime) -> html.Div:
    gone = Unavailable("the API", "it cannot be reached")
    return html.Div(
        [
            panel(skeleton(count=4), title="Skeleton"),
            kpi_skeletons(2),
            panel(
                first_use(
                    "No source yet",
                    "Foreshock shows patterns as soon as lines arrive.",
                    action=button("Connect a source", filled=True),
                    snippet="foreshock ingest /var/log/syslog",
                    glyph="integrations",
                ),
                title="First use",
            ),
            panel(no_match(128, clear_href="/_styleguide"), title="Empty by filter"),
            panel(
                failed(
                    "Alerts",
                    gone,
                    last_good=now - timedelta(minutes=4),
                    retry=button("Try again", glyph="refresh"),
                ),
                title="Failed, with the last good data below",
            ),
            panel(
                html.Div(
                    [
                        notice("Redis is down: slower, nothing is lost."),
                        notice("Saved.", tone="good", glyph="check"),
                        notice("The key was revoked.", tone="error", glyph="lock"),
                    ],
                    className="stack",
                ),
                title="Notices",
            ),
        ],
        className="columns",
    )


def _icons() -> html.Section:
    return panel(
        html.Div(
            [html.Span([icon(name), name], className="row small dim") for name in _ICONS],
            className="keys",
        ),
        title="Icons",
    )
