"""What an operator does to connect something: drop a file, make a key, copy a recipe."""

from collections.abc import Mapping
from typing import Any, Final

from dash import html

from ui.address import with_params
from ui.components.attributes import hyphened
from ui.components.button import button, field, icon_button, text_input
from ui.components.icon import icon
from ui.components.page import panel
from ui.components.states import notice, skeleton
from ui.integrations.recipes import NO_KEY, RECIPES, Place, pieces

USUAL: Final = "shop"
SEND_LINES: Final = (  # how a first line is sent, where there is none yet
    'curl "$URL/webhooks/generic?source=shop" -H "X-API-Key: $KEY" \\\n  --data-binary @app.log'
)


def drop() -> html.Div:
    """A place for files; assets/drop.js and upload.js do the rest."""
    words = html.Div(
        [
            html.H2("Drop a log file here"),
            html.P(
                "Plain or gz, bz2, xz, zst, of any size your server takes. It goes on where it was"
                " after a break. Times that name no zone are read as this browser's.",
                className="dim small",
            ),
        ]
    )
    source = field(
        "Source", text_input("drop-source", placeholder="the file's name", maxLength=200)
    )
    choose = button("Choose files", glyph="upload", **hyphened({"data-choose": "files"}))
    files = html.Div(id="drop-files", className="drop-files", **hyphened({"aria-live": "polite"}))
    return html.Div(
        [icon("upload"), words, source, choose, files],
        className="drop",
        role="group",
        **hyphened({"data-drop": "files", "aria-label": "Upload log files"}),
    )


def recipes_panel() -> html.Section:
    """The frame of the recipes: what is typed stays while another one is chosen."""
    source = text_input("recipe-source", placeholder=USUAL, maxLength=200)
    name = text_input("recipe-name", placeholder="telegraf on web-1", maxLength=100)
    keying = [
        field("Name of the key", name),
        button("Make a key", id="recipe-make", once=True, filled=True, glyph="key"),
    ]
    fields = [
        field("Send as the source", source),
        html.Div(keying, id="recipe-keying", className="keying", hidden=True),
    ]
    inside = [
        html.Nav(id="recipe-tabs", className="tabs", **hyphened({"aria-label": "Recipes"})),
        html.Div(fields, className="wishes"),
        html.Div(id="recipe-made", className="bare"),
        html.Div(skeleton("calc(var(--row) * 6)"), id="recipe-text"),
    ]
    return panel(
        html.Div(inside, className="stack"),
        title="Connect a program",
        note="Ready to copy, with a key that can do this one thing",
        id="recipes",
    )


def tabs(chosen: str, search: str) -> list[html.A]:
    """One a recipe."""
    return [
        html.A(
            one.title,
            href=f"/integrations-admin{with_params(search, {'recipe': name})}",
            **hyphened({"aria-current": "page"} if name == chosen else {}),
        )
        for name, one in RECIPES.items()
    ]


def recipe(chosen: str, place: Place) -> list[Any]:
    """The text of one, with what still has to be filled in marked, and a button that copies it."""
    found = RECIPES[chosen]
    text = found.write(place)
    drawn = [html.Mark(part) if marked else part for part, marked in pieces(text)]
    copy = icon_button("copy", "Copy", **hyphened({"data-copy": text}))
    block = html.Div([html.Pre(html.Code(drawn), tabIndex="0"), copy], className="recipe")
    where = html.Div(found.where, className="label")
    note = html.P(found.note, className="dim small")
    return [html.Div([where, block, note], className="field")]


def shown_once(made: Mapping[str, Any]) -> html.Div:
    """The new key, which nobody can show again."""
    key = str(made["key"])
    copy = icon_button("copy", "Copy the key", **hyphened({"data-copy": key}))
    words = [
        html.Strong("The key is in the recipe below. Copy it now, it is not shown again: "),
        html.Code(key),
        copy,
    ]
    return notice(words, tone="good", glyph="key")


def placed(api_url: str, source: str | None, key: str | None) -> Place:
    """What a recipe is filled with; `*` at the end would mean more than one source. Pure."""
    return Place(api_url, (source or "").strip().rstrip("*") or USUAL, key or NO_KEY)
