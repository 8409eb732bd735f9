"""The layout of the whole application: what stays while pages come and go."""

from collections.abc import Sequence

import dash_mantine_components as dmc
from dash import dcc, html

from ui.components.attributes import hyphened
from ui.navigation import Entry
from ui.shell.bars import bottom_bar, sidebar
from ui.shell.sheets import help_sheet, more_sheet
from ui.shell.top_bar import top_bar

INTERVAL_MS = 15_000


def layout(menu: Sequence[Entry]) -> dmc.MantineProvider:
    """Everything around `#page`, and the stores that pages may listen to (see README)."""
    frame = html.Div(
        [
            html.A("Skip to the page", href="#page", className="visually-hidden"),
            top_bar(),
            sidebar(menu),
            html.Main(
                [
                    html.Div(id="degraded", role="status"),
                    html.Div(id="page", tabIndex="-1"),
                ],
                className="main",
            ),
            bottom_bar(menu),
            help_sheet(menu),
            more_sheet(menu),
            html.Div(id="toasts", className="toasts", **hyphened({"aria-live": "polite"})),
        ],
        id="shell",
        className="shell",
    )
    return dmc.MantineProvider(
        [*_stores(), frame],
        id="mantine",
        defaultColorScheme="auto",
        theme={"primaryColor": "blue", "fontFamily": "var(--sans)", "cursorType": "pointer"},
    )


def _stores() -> list[dcc.Location | dcc.Store | dcc.Interval]:
    return [
        dcc.Location(id="url", refresh="callback-nav"),
        dcc.Store(id="me"),
        dcc.Store(id="inbox-heard"),
        dcc.Store(id="inbox-opened"),
        dcc.Store(id="inbox-seen"),
        dcc.Store(id="alerts-visit"),
        dcc.Store(id="page-title"),
        dcc.Store(id="toast"),
        dcc.Store(id="session-ended"),
        dcc.Store(id="session-stale"),
        dcc.Store(id="live-raw"),
        dcc.Store(id="live-state", data={"state": "connecting"}),
        dcc.Store(id="live"),
        dcc.Interval(id="live-interval", interval=INTERVAL_MS, disabled=True),
        dcc.Interval(id="me-interval", interval=INTERVAL_MS),
    ]
