"""AG Grid with one theme that follows both schemes; two-line cards on a phone.

Cells are drawn by the functions of assets/grid.js, which only ever set text. A click on a row, or
Enter, is in the grid's `cellClicked`; `getRowId` keeps the place while rows change. `measure` takes
its unit from the row's `unit`, `health` its shape from the row's `severity`. A row that is
`acknowledged` is dim, one that is `chosen` is tinted.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

import dash_ag_grid as dag
from dash import html

from ui.components.attributes import hyphened
from ui.visit import visit

Kind = Literal[
    "text",
    "title",
    "mono",
    "severity",
    "state",
    "number",
    "time",
    "ago",
    "template",
    "spark",
    "share",
    "measure",
    "health",
    "rings",
    "host",
    "delta",
]


class RowActs(NamedTuple):
    """What a key does to the row in focus, and a thumb to a card.

    It is written into the store as {action, id, version, at}. `keys`: key → action. `card`: action
    → (icon, words); a row has the button for the action that its `card_field` names, if any.
    """

    store: str
    keys: Mapping[str, str]
    card: Mapping[str, tuple[str, str]]
    card_field: str


_THEME: Final = (
    "themeQuartz.withParams({"
    "backgroundColor: 'var(--panel)', foregroundColor: 'var(--text)',"
    "borderColor: 'var(--line)', headerBackgroundColor: 'transparent',"
    "headerTextColor: 'var(--text-dim)', rowHoverColor: 'var(--hover)',"
    "selectedRowBackgroundColor: 'var(--accent-soft)', accentColor: 'var(--accent)',"
    "fontFamily: 'inherit', headerFontFamily: 'inherit', fontSize: 13, headerFontSize: 12,"
    "headerFontWeight: 500, spacing: 6, rowHeight: 34, headerHeight: 36,"
    "wrapperBorder: false, columnBorder: false, headerColumnBorder: false,"
    "headerColumnResizeHandleColor: 'transparent', cellHorizontalPaddingScale: 1.1,"
    "browserColorScheme: 'inherit'})"
)
_ALWAYS: Final = {
    "theme": {"function": _THEME},
    "animateRows": False,
    "suppressCellFocus": False,
    "suppressDragLeaveHidesColumns": True,
    "suppressNoRowsOverlay": True,
    "enableCellTextSelection": True,
    "tooltipShowDelay": 300,
}
_NAMED: Final = {"CellNumber", "CellShare", "CellMeasure"}
_CARD_HEIGHT: Final = 64
_BOX_WIDTH: Final = 44  # of the column of boxes: a thumb's
_ROW_HEIGHT: Final = 34
_HEAD_HEIGHT: Final = 36
_RIGHT: Final = {"number", "share", "measure", "rings", "delta"}
_OBJECTS: Final = {"spark", "delta"}


def column(
    field: str,
    title: str,
    kind: Kind = "text",
    *,
    width: int | None = None,
    flex: int | None = None,
    unit: str = "",
    sortable: bool = True,
    **more: Any,
) -> dict[str, Any]:
    """One column; without `flex` it has its `width` in pixels. `more` goes to AG Grid."""
    made: dict[str, Any] = {
        "field": field,
        "headerName": title,
        "sortable": sortable,
        "resizable": True,
        "suppressMovable": True,
        "suppressHeaderMenuButton": True,
        "cellRenderer": f"Cell{kind.capitalize()}",
        "cellRendererParams": {"unit": unit, "zone": visit().zone.key},
    }
    if kind in _OBJECTS:
        made |= {"cellDataType": False}
    if kind in _RIGHT:
        made |= {"type": "rightAligned"}
    made |= {"flex": flex, "minWidth": width or 120} if flex else {"width": width or 120}
    return made | more


def grid(
    id: Any,
    columns: Sequence[Mapping[str, Any]],
    rows: Sequence[Mapping[str, Any]] = (),
    *,
    row_id: str,
    title_field: str,
    card_fields: Sequence[str] = (),
    height: str = "60vh",
    label: str,
    selection: Literal["none", "single", "multiple"] = "none",
    server_sorted: bool = False,
    order_in_url: bool = False,
    options: Mapping[str, Any] | None = None,
    acts: RowActs | None = None,
) -> html.Div:
    """Rows of flat JSON; `row_id` names the field that identifies one.

    On a phone there is one column: `title_field` above, `card_fields` below it. `server_sorted`:
    the rows are a part of more, so a click on a header must ask the API; with `order_in_url` it
    writes the order, `-count`, into the parameter `sort` of the address. A height of "auto" shows
    all rows and lets the page scroll. A "title" marks rows that are `demo` or `fresh`.
    """
    shown = [_card(columns, title_field, card_fields, acts)] if visit().phone else list(columns)
    if server_sorted:
        shown = [{**one, "comparator": {"function": "() => 0"}} for one in shown]
    settings: dict[str, Any] = {
        **_ALWAYS,
        **({"rowHeight": _CARD_HEIGHT, "headerHeight": 0} if visit().phone else {}),
        **({"domLayout": "autoHeight"} if height == "auto" else {}),
        **_selecting(selection),
        **(options or {}),
    }
    drawn = dag.AgGrid(
        id=id,
        columnDefs=shown,
        rowData=list(rows),
        getRowId=f"params.data.{row_id} + ''",
        dashGridOptions=settings,
        eventListeners={"sortChanged": ["orderInUrl(params)"]} if order_in_url else {},
        rowClassRules={
            "acknowledged": "params.data.acknowledged",
            "chosen": "params.data.chosen",
        },
        style={} if height == "auto" else {"height": height},
        className="",
    )
    said = {"aria-label": label}
    if acts:
        said |= {"data-act-store": acts.store, "data-act-keys": json.dumps(dict(acts.keys))}
    # The place is kept while the library is loading, so nothing below it moves.
    place = {} if height == "auto" else {"minHeight": height}
    return html.Div(drawn, className="grid", style=place, role="region", **hyphened(said))


def grid_style(count: int, most: str = "60vh") -> dict[str, str]:
    """The `style` of a grid that ends with its last row, and is never higher than `most`."""
    one, head = (_CARD_HEIGHT, 0) if visit().phone else (_ROW_HEIGHT, _HEAD_HEIGHT)
    return {"height": f"min({most}, {count * one + head}px)"}


def _card(
    columns: Sequence[Mapping[str, Any]],
    title_field: str,
    card_fields: Sequence[str],
    acts: RowActs | None,
) -> dict[str, Any]:
    kinds = {str(one["field"]): one for one in columns}
    second = [_plain(kinds[name]) for name in card_fields if name in kinds]
    # A card shows many fields: it is drawn anew when any of them changes.
    read = [title_field, *card_fields, *([acts.card_field] if acts else [])]
    return {
        "colId": "card",
        "valueGetter": {"function": " + '|' + ".join(f"params.data.{name}" for name in read)},
        "headerName": "",
        "flex": 1,
        "cellRenderer": "CellCard",
        "cellRendererParams": {
            "title": _plain(kinds[title_field]) if title_field in kinds else {},
            "second": second,
            **({"acts": _card_acts(acts)} if acts else {}),
        },
    }


def _card_acts(acts: RowActs) -> dict[str, Any]:
    buttons = {name: {"glyph": glyph, "words": words} for name, (glyph, words) in acts.card.items()}
    return {"store": acts.store, "field": acts.card_field, "buttons": buttons}


def _plain(column: Mapping[str, Any]) -> dict[str, Any]:
    # A bare number says nothing without its name; words and times speak for themselves.
    named = column["cellRenderer"] in _NAMED
    return {
        "field": column["field"],
        "name": column["headerName"] if named else "",
        "renderer": column["cellRenderer"],
        "params": column["cellRendererParams"],
    }


def _selecting(selection: str) -> dict[str, Any]:
    if selection == "none":
        return {}
    many = selection == "multiple"
    chosen = {"mode": "multiRow" if many else "singleRow", "checkboxes": many}
    return {
        "rowSelection": {**chosen, "enableClickSelection": not many},
        "selectionColumnDef": {"width": _BOX_WIDTH},
    }
