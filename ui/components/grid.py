"""AG Grid with one theme that follows both schemes; two-line cards on a phone.

Cells are drawn by the functions of assets/grid.js, which only ever set text. A click on a row, or
Enter, is in the grid's `cellClicked`; `getRowId` keeps the place while rows change. `measure` takes
its unit from the row's `unit`, `health` its shape from the row's `severity`. A row that is
`acknowledged` is dim, one that is `chosen` is tinted.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import dash_ag_grid as dag
from dash import html

from ui.components.attributes import hyphened
from ui.visit import visit

Kind = Literal[
    "text",
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

_THEME: Final = (
    "themeQuartz.withParams({"
    "backgroundColor: 'var(--panel)', foregroundColor: 'var(--text)',"
    "borderColor: 'var(--line)', headerBackgroundColor: 'transparent',"
    "headerTextColor: 'var(--text-dim)', rowHoverColor: 'var(--hover)',"
    "selectedRowBackgroundColor: 'var(--accent-soft)', accentColor: 'var(--accent)',"
    "fontFamily: 'inherit', headerFontFamily: 'inherit', fontSize: 13, headerFontSize: 12,"
    "headerFontWeight: 500, spacing: 6, rowHeight: 34, headerHeight: 36,"
    "wrapperBorder: false, columnBorder: false, headerColumnBorder: false,"
    "headerColumnResizeHandleDisplay: 'none', cellHorizontalPaddingScale: 1.1,"
    "browserColorScheme: 'inherit'})"
)
_NAMED: Final = {"CellNumber", "CellShare", "CellMeasure"}
_CARD_HEIGHT: Final = 64
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
) -> html.Div:
    """Rows of flat JSON; `row_id` names the field that identifies one.

    On a phone there is one column: `title_field` above, `card_fields` below it. `server_sorted`:
    the rows are a part of more, so a click on a header must ask the API; with `order_in_url` it
    writes the order, `-count`, into the parameter `sort` of the address.
    """
    shown = [_card(columns, title_field, card_fields)] if visit().phone else list(columns)
    if server_sorted:
        shown = [{**one, "comparator": {"function": "() => 0"}} for one in shown]
    settings: dict[str, Any] = {
        "theme": {"function": _THEME},
        "animateRows": False,
        "suppressCellFocus": False,
        "suppressDragLeaveHidesColumns": True,
        "suppressNoRowsOverlay": True,
        "enableCellTextSelection": True,
        "tooltipShowDelay": 300,
        **({"rowHeight": _CARD_HEIGHT, "headerHeight": 0} if visit().phone else {}),
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
        style={"height": height},
        className="",
    )
    # The place is kept while the library is loading, so nothing below it moves.
    return html.Div(
        drawn,
        className="grid",
        style={"minHeight": height},
        role="region",
        **hyphened({"aria-label": label}),
    )


def grid_style(count: int, most: str = "60vh") -> dict[str, str]:
    """The `style` of a grid that ends with its last row, and is never higher than `most`."""
    one, head = (_CARD_HEIGHT, 0) if visit().phone else (_ROW_HEIGHT, _HEAD_HEIGHT)
    return {"height": f"min({most}, {count * one + head}px)"}


def _card(
    columns: Sequence[Mapping[str, Any]], title_field: str, card_fields: Sequence[str]
) -> dict[str, Any]:
    kinds = {str(one["field"]): one for one in columns}
    second = [_plain(kinds[name]) for name in card_fields if name in kinds]
    return {
        "field": title_field,
        "headerName": "",
        "flex": 1,
        "cellRenderer": "CellCard",
        "cellRendererParams": {
            "title": _plain(kinds[title_field]) if title_field in kinds else {},
            "second": second,
        },
    }


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
    return {"rowSelection": {**chosen, "enableClickSelection": not many}}
