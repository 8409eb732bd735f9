"""Lays a `connectors.live.Picture` out: a whole terminal, or one line where there is none."""

from typing import Final

from rich.console import ConsoleDimensions, RenderableType
from rich.layout import Layout

from connectors.cli import panels
from connectors.live import Phase, Picture, verdict
from schemas.display import shown

_WIDE: Final = 140  # from so many columns on, two stand side by side
_LEFT: Final = 72  # the ledger needs them for billions of lines
_LEDGER_ROWS: Final = 4
_NARROW_ROWS: Final = 11  # of header, parts, headings, ledger and footer
_LEAST_ROWS: Final = 4


def screen(
    picture: Picture, size: ConsoleDimensions, where: str, now: float, login: str = ""
) -> RenderableType:
    """The picture in exactly this size; `where` is the data directory, `now` monotonic, `login`
    says how to log in.
    """
    drawn, body = Layout(), Layout()
    drawn.split_column(
        Layout(panels.header(picture, now), size=1),
        body,
        Layout(panels.footer(picture, where, login), size=1),
    )
    fill = _fill_wide if size.width >= _WIDE else _fill_narrow
    fill(body, picture, size.height, now)
    return drawn


def status_line(picture: Picture) -> str:
    """The picture in one line, for logs and pipes."""
    waiting = [part for part in picture.parts if not part.ready]
    ready = len(picture.parts) - len(waiting)
    said = [f"{picture.phase.value}, {ready} of {len(picture.parts)} parts ready"]
    if picture.phase is Phase.RUNNING:
        said += [shown(f"{part.name} {part.reason}") for part in waiting]
        said.append(f"{len(picture.ways_in())} sources")
        said += [f"workspace {picture.workspace}"] if picture.workspace else []
        said.append(f"{picture.lines:,} lines ({picture.rate:,.0f}/s)")
        said.append(f"{len(picture.patterns):,} patterns")
        said += _alerts(picture)
        said += [shown(verdict(picture.ledger))] if picture.ledger else []
    elif waiting:
        said.append(f"not yet or no longer: {', '.join(part.name for part in waiting)}")
    if picture.fault:
        said.append(shown(picture.fault))
    return "; ".join(said)


def _alerts(picture: Picture) -> list[str]:
    """How many are open, and the worst of them."""
    if not picture.numbers.open or not picture.alerts:
        return ["no open alerts"]
    worst = picture.alerts[0]
    return [f"{picture.numbers.open} open alerts, {worst.severity}: {shown(worst.title)}"]


def _fill_narrow(body: Layout, picture: Picture, height: int, now: float) -> None:
    """One column; what the fixed rows leave is shared by the four lists."""
    rows = max(height - _NARROW_ROWS, _LEAST_ROWS)
    alerts = max(rows // 6, 1)
    rows -= alerts
    sources = max(rows * 2 // 7, 1)
    newest = max((rows - sources) * 4 // 9, 1)
    body.split_column(
        Layout(panels.parts_in_a_line(picture.parts), size=1),
        Layout(panels.alerts(picture, alerts), size=alerts + 1),
        Layout(panels.sources(picture, sources), size=sources + 1),
        Layout(panels.ledger(picture.ledger), size=_LEDGER_ROWS),
        Layout(panels.top(picture, rows - sources - newest)),
        Layout(panels.newest(picture, newest, now), size=newest + 1),
    )


def _fill_wide(body: Layout, picture: Picture, height: int, now: float) -> None:
    """Alerts across, for their titles; then two columns: the machine, and what it finds."""
    alerts = max(min(len(picture.alerts), height // 6), 1)
    height -= alerts + 2
    below, left, right = Layout(), Layout(size=_LEFT), Layout()
    body.split_column(Layout(panels.alerts(picture, alerts), size=alerts + 2), below)
    below.split_row(left, Layout(" ", size=2), right)
    parts = len(picture.parts) + 3
    sources = max(height - 3 - parts - _LEDGER_ROWS - 1, 1)
    left.split_column(
        Layout(panels.parts_in_a_table(picture.parts), size=parts),
        Layout(panels.ledger(picture.ledger), size=_LEDGER_ROWS + 1),
        Layout(panels.sources(picture, sources)),
    )
    newest = max(height * 2 // 5 - 2, 1)
    right.split_column(
        Layout(panels.top(picture, max(height - newest - 4, 1))),
        Layout(panels.newest(picture, newest, now), size=newest + 1),
    )
