"""The top bar: brand, search, time range, live, sound, theme, inbox, user."""

from dash import dcc, html

from ui.address import RANGES
from ui.components.attributes import hyphened
from ui.components.button import button, icon_button
from ui.components.icon import icon


def top_bar() -> html.Header:
    """What its buttons do stands in assets/shell.js; what they show in callbacks."""
    return html.Header(
        [
            _brand(),
            _search(),
            _range(),
            html.Button(
                [
                    html.Span(className="dot"),
                    html.Span("Connecting", id="live-word", className="word"),
                ],
                id="live-button",
                type="button",
                className="button live",
                title="Live updates: pause or go on (.)",
                **hyphened(
                    {"data-state": "connecting", "aria-label": "Live updates: pause or go on"}
                ),
            ),
            html.Span(
                icon_button("mute", "Sound for new critical alerts", id="sound-button"),
                className="desktop-only",
            ),
            html.Span(
                icon_button("moon", "Switch between dark and light (t)", id="theme-button"),
                className="desktop-only",
            ),
            _inbox(),
            _user(),
        ],
        className="topbar",
    )


def _brand() -> html.A:
    mark = html.Span(html.Span(className="icon mark"), className="brand-mark")
    name = html.Span("Foreshock", className="brand-name")
    return html.A(
        [mark, name], href="/", className="brand", **hyphened({"aria-label": "Foreshock: home"})
    )


def _search() -> html.Div:
    return html.Div(
        [
            icon("search"),
            dcc.Input(
                id="search-text",
                type="search",
                placeholder="Search hosts, services, patterns, alerts",
                className="input",
                debounce=0.25,
                autoComplete="off",
                value="",
            ),
            html.Kbd("/"),
            html.Div(id="search-results", className="search-results"),
        ],
        className="search",
        role="search",
    )


def _range() -> html.Div:
    quick = [html.Button(name, type="button", **hyphened({"data-range": name})) for name in RANGES]
    items = [
        html.Button(
            f"Last {name}", className="item", type="button", **hyphened({"data-range": name})
        )
        for name in RANGES
    ]
    custom = [
        html.Label(["From", _when("range-from")], className="field small dim"),
        html.Label(["To", _when("range-to")], className="field small dim"),
        button("Use these times", id="range-apply"),
    ]
    summary = html.Summary(
        [icon("clock"), html.Span("24h", id="range-name", className="number")],
        className="button",
        title="Time range",
        **hyphened({"aria-label": "Time range"}),
    )
    popup = html.Div(
        [*items, html.Hr(), html.Div(custom, className="stack who")], className="popup"
    )
    return html.Div(
        [
            html.Div(
                quick, className="segments", role="group", **hyphened({"aria-label": "Time range"})
            ),
            html.Details([summary, popup], className="menu", id="range-menu"),
        ],
        className="row",
    )


def _when(id: str) -> dcc.Input:
    return dcc.Input(id=id, type="datetime-local", className="input", value="")  # type: ignore[arg-type]


def _inbox() -> html.Details:
    summary = html.Summary(
        [icon("bell"), html.Span(id="inbox-count", className="count")],
        className="button quiet square badge-host",
        title="Inbox: new critical alerts, and what is yours",
        **hyphened({"aria-label": "Inbox"}),
    )
    popup = html.Div(html.P("Nothing new.", className="who dim"), id="inbox", className="popup")
    return html.Details([summary, popup], className="menu", id="inbox-menu")


def _user() -> html.Details:
    summary = html.Summary(
        html.Span("·", id="user-initials", className="avatar"),
        **hyphened({"aria-label": "Account"}),
    )
    themes = [
        html.Button(
            [icon(glyph), words], className="item", type="button", **hyphened({"data-theme": name})
        )
        for name, glyph, words in (
            ("dark", "moon", "Dark"),
            ("light", "sun", "Light"),
            ("auto", "settings", "As the system"),
        )
    ]
    popup = html.Div(
        [
            html.Div(id="user-name", className="who"),
            html.Hr(),
            html.A([icon("settings"), "Settings"], href="/settings", className="item"),
            html.Button(
                [icon("keyboard"), "Keys", html.Kbd("?")],
                className="item",
                type="button",
                **hyphened({"data-sheet": "help-sheet"}),
            ),
            html.Hr(),
            *themes,
            html.Hr(),
            html.Form(
                html.Button([icon("logout"), "Sign out"], className="item", type="submit"),
                action="/logout",
                method="post",
            ),
        ],
        className="popup",
    )
    return html.Details([summary, popup], className="menu", id="user-menu")
