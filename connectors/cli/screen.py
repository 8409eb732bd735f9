"""Draws a `connectors.live.Picture`: a whole screen for terminals, one line for everything else.

What state something is in stands there as a word; colour only repeats it. All text from outside
goes through `shown`.
"""

import time
from collections.abc import Iterable
from typing import Final

from rich.console import ConsoleDimensions, Group, RenderableType
from rich.layout import Layout
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from connectors.cli.output import shown
from connectors.instance import PartState
from connectors.live import Phase, Picture, total, verdict
from connectors.patterns import PatternView

_WIDE: Final = 120
_SLOT: Final = r"<(?:\*|[A-Z0-9]+)>"
_PHASE_STYLES: Final = {Phase.STARTING: "yellow", Phase.RUNNING: "green", Phase.STOPPING: "yellow"}


def screen(picture: Picture, size: ConsoleDimensions, where: str) -> RenderableType:
    """The picture in exactly this size; `where` is the data directory."""
    drawn = Layout()
    body = Layout(name="body")
    footer = Text(f"Ctrl-C stops everything; the data stays in {shown(where)}", style="dim")
    drawn.split_column(Layout(_header(picture), size=1), body, Layout(_one_line(footer), size=1))
    if size.width >= _WIDE:
        _fill_wide(body, picture, size)
    else:
        _fill_narrow(body, picture, size)
    return drawn


def status_line(picture: Picture) -> str:
    """The picture in one line, for logs and pipes."""
    ready = sum(part.ready for part in picture.parts)
    said = [f"{picture.phase.value}, {ready} of {len(picture.parts)} parts ready"]
    said += [f"{part.name} {shown(part.reason)}" for part in picture.parts if not part.ready]
    if picture.running_since is not None:
        said.append(f"{len(picture.ways_in())} sources")
        said.append(f"{picture.lines:,} lines ({picture.rate:,.0f}/s)")
        said.append(f"{len(picture.patterns):,} patterns")
    if picture.ledger:
        said.append(shown(verdict(picture.ledger)))
    if picture.fault:
        said.append(shown(picture.fault))
    return "; ".join(said)


def _fill_narrow(body: Layout, picture: Picture, size: ConsoleDimensions) -> None:
    """One column: five headings or lines, the ledger, and the rest shared by three lists."""
    rows = max(size.height - 10, 3)
    sources = max(rows * 2 // 7, 1)
    newest = max((rows - sources) * 4 // 9, 1)
    body.split_column(
        Layout(_parts_in_a_line(picture), size=1),
        Layout(_sources(picture, sources), size=sources + 1),
        Layout(_ledger(picture), size=4),
        Layout(_top(picture, rows - sources - newest)),
        Layout(_newest(picture, newest), size=newest + 1),
    )


def _fill_wide(body: Layout, picture: Picture, size: ConsoleDimensions) -> None:
    """Two columns: the machine on the left, what it finds on the right."""
    left, right = Layout(name="left", size=min(72, size.width * 9 // 20)), Layout(name="right")
    body.split_row(left, Layout(" ", size=2), right)
    parts = len(picture.parts) + 2
    sources = max(size.height - 2 - parts - 6, 1)
    left.split_column(
        Layout(_parts_in_a_table(picture.parts), size=parts),
        Layout(_ledger(picture), size=5),
        Layout(_sources(picture, sources)),
    )
    newest = max((size.height - 4) * 2 // 5, 1)
    right.split_column(
        Layout(_top(picture, size.height - 4 - newest)),
        Layout(_newest(picture, newest), size=newest + 1),
    )


def _header(picture: Picture) -> RenderableType:
    line = Table.grid(expand=True)
    line.add_column(no_wrap=True)
    line.add_column(no_wrap=True, justify="right")
    state = Text.assemble(
        ("Foreshock ", "bold"), (picture.phase.value, _PHASE_STYLES[picture.phase])
    )
    if picture.running_since is not None:
        seconds = int(time.monotonic() - picture.running_since)
        state.append(f" for {seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}")
    figures = Text.assemble(
        (f"{picture.rate:,.0f} lines/s", "bold"),
        f"   {picture.lines:,} lines   {len(picture.patterns):,} patterns",
    )
    line.add_row(state, figures)
    return line


def _one_line(text: Text) -> Text:
    text.no_wrap, text.overflow = True, "ellipsis"
    return text


def _mark(ready: bool) -> tuple[str, str]:
    return ("✓ ", "green") if ready else ("✗ ", "yellow")


def _parts_in_a_line(picture: Picture) -> Text:
    if picture.fault:
        return _one_line(Text.assemble(("✗ ", "red"), shown(picture.fault)))
    waiting = [part for part in picture.parts if not part.ready]
    ready = len(picture.parts) - len(waiting)
    if not picture.parts:
        return _one_line(Text("the first time, the broker is fetched", style="dim"))
    line = Text(f"{ready} of {len(picture.parts)} parts ready", style="default")
    for part in waiting or picture.parts:
        line.append("  ").append(*_mark(part.ready)).append(part.name)
        if part.reason:
            line.append(f" {shown(part.reason)}", style="dim")
    return _one_line(line)


def _parts_in_a_table(parts: Iterable[PartState]) -> RenderableType:
    drawn = _columns("part", "version", "port", "restarts", "state", right=("port", "restarts"))
    for part in parts:
        state = Text.assemble(_mark(part.ready), "ready" if part.ready else shown(part.reason))
        drawn.add_row(part.name, part.version, str(part.port), str(part.restarts), state)
    return Group(Rule("Parts", align="left", style="dim"), drawn)


def _sources(picture: Picture, rows: int) -> RenderableType:
    ways = picture.ways_in()
    drawn = _grid(12, 10)
    fitting = ways if len(ways) <= rows else ways[: rows - 1]
    for way in fitting:
        drawn.add_row(f"{way.lines:,}", f"{way.rate:,.0f}/s", shown(way.source))
    if len(fitting) < len(ways):
        drawn.add_row("", "", Text(f"and {len(ways) - len(fitting):,} more", style="dim"))
    return _titled("Ways in: lines counted, lines/s", drawn, "no line has arrived yet", bool(ways))


def _ledger(picture: Picture) -> RenderableType:
    title = Rule("Ledger: every accepted line is one of these", align="left", style="dim")
    if picture.ledger is None:
        return Group(title, Text("not drawn up yet", style="dim"))
    sums = total(picture.ledger)
    drawn = Table.grid(padding=(0, 1))
    for _ in range(9):
        drawn.add_column(justify="right", no_wrap=True)
    names = ("accepted", "=", "parsed", "+", "deduplicated", "+", "dead-lettered", "+", "in flight")
    numbers = (sums.accepted, sums.parsed, sums.deduplicated, sums.dead_lettered, sums.in_flight)
    row = [cell for number in numbers for cell in (Text(f"{number:,}", style="bold"), Text())]
    drawn.add_row(*names, style="dim")
    drawn.add_row(*row[:-1])
    balanced = picture.ledger.balanced
    colour = "green" if balanced else "bold red"
    said = Text.assemble(
        ("✓ " if balanced else "✗ ", colour), (shown(verdict(picture.ledger)), colour)
    )
    return Group(title, drawn, _one_line(said))


def _top(picture: Picture, rows: int) -> RenderableType:
    drawn = _grid(12)
    for view in picture.patterns[:rows]:
        drawn.add_row(f"{view.count:,}", template(view))
    return _titled("Top patterns: lines", drawn, "none yet", bool(picture.patterns))


def _newest(picture: Picture, rows: int) -> RenderableType:
    drawn = _grid(12, 10)
    now = time.monotonic()
    for view, found in picture.newest(rows):
        age = "before" if found is None else f"{now - found:,.0f} s ago"
        drawn.add_row(f"{view.count:,}", age, template(view))
    return _titled("Newest patterns: lines, found", drawn, "none yet", bool(picture.patterns))


def template(view: PatternView) -> Text:
    """A pattern's template with its variables made to stand out."""
    text = Text(shown(view.template))
    text.highlight_regex(_SLOT, "cyan")
    return text


def _titled(title: str, drawn: RenderableType, empty: str, filled: bool) -> RenderableType:
    return Group(Rule(title, align="left", style="dim"), drawn if filled else Text(empty, "dim"))


def _grid(*widths: int) -> Table:
    """Columns of numbers, and one for text that takes the rest of the line."""
    drawn = Table.grid(padding=(0, 2, 0, 0), expand=True)
    for width in widths:
        drawn.add_column(width=width, justify="right", no_wrap=True)
    drawn.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    return drawn


def _columns(*names: str, right: tuple[str, ...]) -> Table:
    drawn = Table(box=None, header_style="dim", padding=(0, 2, 0, 0), expand=True)
    for name in names:
        last = name == names[-1]
        drawn.add_column(
            name,
            justify="right" if name in right else "left",
            ratio=1 if last else None,
            no_wrap=True,
            overflow="ellipsis",
        )
    return drawn
