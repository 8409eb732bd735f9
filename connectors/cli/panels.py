"""The pieces of the live screen.

What state something is in stands there as a word; colour only repeats it. All text from outside
goes through `shown`.
"""

from collections.abc import Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from connectors.instance import PartState
from connectors.live import Phase, Picture, age, total, verdict
from connectors.patterns import PatternView
from schemas.alerts import AlertSeverity
from schemas.display import shown
from schemas.ledger import Ledger

_SLOT: Final = r"<(?:\*|[A-Z0-9]+)>"
_PHASE_STYLES: Final = {
    Phase.STARTING: "yellow",
    Phase.RUNNING: "green",
    Phase.STOPPING: "yellow",
}
_SEVERITY_STYLES: Final = {
    AlertSeverity.CRITICAL: "bold red",
    AlertSeverity.HIGH: "red",
    AlertSeverity.WARNING: "yellow",
    AlertSeverity.INFO: "cyan",
    AlertSeverity.LOW: "dim",
}
_TERMS: Final = ("accepted", "= parsed", "+ deduplicated", "+ dead-lettered", "+ in flight")


def header(picture: Picture, now: float) -> RenderableType:
    """Phase and how long it runs on the left, sums on the right."""
    state = Text.assemble(
        ("Foreshock ", "bold"), (picture.phase.value, _PHASE_STYLES[picture.phase])
    )
    if picture.running_since is not None:
        seconds = int(now - picture.running_since)
        state.append(f" {seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}")
    figures = Text.assemble(
        (f"{picture.rate:,.0f} lines/s", "bold"),
        f"   {picture.lines:,} lines   {len(picture.patterns):,} patterns",
    )
    line = Table.grid(expand=True)
    line.add_column(no_wrap=True)
    line.add_column(no_wrap=True, justify="right")
    line.add_row(state, figures)
    return line


def footer(picture: Picture, where: str, login: str = "") -> Text:
    """What cannot be read now, if something; else how to end it, and to log in."""
    if picture.fault:
        return _one_line(Text(f"✗ figures are older: {shown(picture.fault)}", style="red"))
    where_to_look = f"look at {picture.workspace}" if picture.workspace else ""
    text = "; ".join(filter(None, ("Ctrl-C stops everything", where_to_look, login)))
    text += f"; the data stays in {shown(where)}"
    return _one_line(Text(text, style="dim"))


def parts_in_a_line(parts: Sequence[PartState]) -> Text:
    """Every part with a mark, those that are not ready with their reason."""
    if not parts:
        return _first_time()
    ready = sum(part.ready for part in parts)
    line = Text(f"{ready} of {len(parts)} parts ready")
    for part in sorted(parts, key=lambda part: part.ready):
        line.append("  ").append(*_mark(part)).append(part.name)
        if part.restarts and not part.ready:
            line.append(f": {shown(part.reason)}", style="dim")
    return _one_line(line)


def parts_in_a_table(parts: Sequence[PartState]) -> RenderableType:
    """One row a part."""
    drawn = Table(box=None, header_style="dim", padding=(0, 2, 0, 0), expand=True)
    drawn.add_column("part", no_wrap=True)
    drawn.add_column("version", no_wrap=True)
    drawn.add_column("port", justify="right", no_wrap=True)
    drawn.add_column("restarts", justify="right", no_wrap=True)
    drawn.add_column("state", ratio=1, no_wrap=True, overflow="ellipsis")
    for part in parts:
        state = Text.assemble(_mark(part), "ready" if part.ready else shown(part.reason))
        drawn.add_row(part.name, part.version, str(part.port), str(part.restarts), state)
    return Group(_heading("Parts"), drawn if parts else _first_time())


def sources(picture: Picture, rows: int) -> RenderableType:
    """The busiest sources, and how many there are besides."""
    ways = picture.ways_in()
    fitting = ways if len(ways) <= rows else ways[: rows - 1]
    drawn = _numbers_and_text(12, 10)
    for way in fitting:
        drawn.add_row(f"{way.lines:,}", f"{way.rate:,.0f}/s", Text(shown(way.source)))
    if len(fitting) < len(ways):
        drawn.add_row("", "", Text(f"and {len(ways) - len(fitting):,} more", style="dim"))
    points = f"; {picture.points_rate:,.1f} metric points/s" if picture.points_rate else ""
    return _list(f"Ways in: lines counted, lines/s{points}", drawn, "no line has arrived yet")


def alerts(picture: Picture, rows: int) -> RenderableType:
    """The worst of what is wrong; alerts that are over follow."""
    drawn = Table.grid(padding=(0, 2, 0, 0), expand=True)
    for _ in range(3):
        drawn.add_column(no_wrap=True)
    drawn.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    for alert in picture.alerts[:rows]:
        colour = _SEVERITY_STYLES[alert.severity] if alert.state.is_open else "dim"
        marked = "demo: " if alert.demo else ""
        drawn.add_row(
            Text(alert.severity, style=colour),
            Text(alert.shown_state),
            f"{alert.first_seen:%H:%M:%S}",
            Text(f"{marked}{shown(alert.title)}"),
            style="" if alert.state.is_open else "dim",
        )
    heading = f"Alerts: {picture.numbers.open} open (began, UTC)"
    return _list(heading, drawn, "none: nothing is out of the ordinary")


def ledger(books: Ledger | None) -> RenderableType:
    """The books of all sources together, and whether they balance."""
    heading = _heading("Ledger: every accepted line is one of these")
    if books is None:
        return Group(heading, Text("not drawn up yet", style="dim"))
    sums = total(books)
    numbers = (sums.accepted, sums.parsed, sums.deduplicated, sums.dead_lettered, sums.in_flight)
    drawn = Table.grid(padding=(0, 1, 0, 0))
    for _ in _TERMS:
        drawn.add_column(justify="right", no_wrap=True)
    drawn.add_row(*_TERMS, style="dim")
    drawn.add_row(*(f"{number:,}" for number in numbers), style="bold")
    mark, colour = ("✓", "green") if books.balanced else ("✗", "bold red")
    return Group(heading, drawn, _one_line(Text(f"{mark} {shown(verdict(books))}", style=colour)))


def top(picture: Picture, rows: int) -> RenderableType:
    """The patterns with the most lines."""
    drawn = _numbers_and_text(12)
    for view in picture.patterns[:rows]:
        drawn.add_row(f"{view.count:,}", template(view))
    return _list("Top patterns: lines", drawn, "none yet")


def newest(picture: Picture, rows: int, now: float) -> RenderableType:
    """The patterns found last."""
    drawn = _numbers_and_text(12, 10)
    for view, found in picture.newest(rows):
        drawn.add_row(
            f"{view.count:,}", "before" if found is None else age(now - found), template(view)
        )
    return _list("Newest patterns: lines, found", drawn, "none yet")


def template(view: PatternView) -> Text:
    """A pattern's template with its variables made to stand out."""
    text = Text(shown(view.template))
    text.highlight_regex(_SLOT, "cyan")
    return text


def _first_time() -> Text:
    return _one_line(Text("the first time, the broker is fetched", style="dim"))


def _mark(part: PartState) -> tuple[str, str]:
    """Ready, dead or failing, or on its way (also to its end)."""
    if part.ready:
        return "✓ ", "green"
    return ("✗ ", "red") if part.restarts else ("… ", "yellow")


def _one_line(text: Text) -> Text:
    text.no_wrap, text.overflow = True, "ellipsis"
    return text


def _heading(text: str) -> Rule:
    return Rule(text, align="left", style="dim")


def _list(title: str, rows: Table, empty: str) -> RenderableType:
    return Group(_heading(title), rows if rows.row_count else Text(empty, "dim"))


def _numbers_and_text(*widths: int) -> Table:
    """Columns of numbers, and one for text that takes the rest of the line."""
    drawn = Table.grid(padding=(0, 2, 0, 0), expand=True)
    for width in widths:
        drawn.add_column(width=width, justify="right", no_wrap=True)
    drawn.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    return drawn
