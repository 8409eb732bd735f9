"""The way of the data, drawn: producers, topics and stages with their rates and what waits.

Boxes are HTML in a grid, the pipes a mask behind them; on a narrow screen the boxes are a list.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from dash import html

from ui.components.attributes import hyphened
from ui.components.icon import icon
from ui.components.number import number, shown, three
from ui.components.text import shown_text
from ui.pipeline.places import (
    COLUMNS,
    ORDER,
    TOPICS,
    Place,
    path_of,
    pipes_of,
    places_of,
    rows_of,
)

SHAPES: Final = {"ok": "ok", "behind": "warning", "stopped": "critical"}
_RANK: Final = {"stopped": 2, "behind": 1}


class Senders(NamedTuple):
    """What producers do together; a rate is None where it is not known."""

    sources: int
    silent: int
    lines_per_second: float | None
    points_per_second: float | None
    dead_letters: int | None


def state_word(word: str) -> html.Span:
    """A stage's state by shape and word."""
    shape = SHAPES.get(word, "low")
    drawn = html.Span(className=f"icon shape shape-{shape}", **hyphened({"aria-hidden": "true"}))
    return html.Span([drawn, word], className=f"severity severity-{shape}")


def flow(
    stages: Sequence[Mapping[str, Any]], senders: Senders, link: Mapping[str, str]
) -> html.Div:
    """All of it; `link` says where a stage, `sources` and `dead-letters` lead."""
    places = places_of(stages)
    rows = rows_of(places)
    boxes: dict[str, Any] = {"producers": _producers(senders, rows, link["sources"])}
    for topic in dict.fromkeys(str(one["topic"]) for one in stages):
        boxes[topic] = _topic(topic, [one for one in stages if one["topic"] == topic])
    for one in stages:
        name = str(one["stage"])
        boxes[name] = _stage(one, places[name], link[name])
    order = [name for name in ORDER if name in boxes]
    drawn = [boxes[name] for name in (*order, *(name for name in boxes if name not in order))]
    drawn.append(_set_aside(senders, rows, link["dead-letters"]))
    inside = [_pipes(stages, places, rows), *drawn]
    return html.Div(inside, className="flow", style={"--rows": rows, "--columns": COLUMNS})


def _pipes(stages: Sequence[Mapping[str, Any]], places: Mapping[str, Place], rows: int) -> html.Div:
    """One mask for each state, so each has its colour: pipes into a stage have that stage's."""
    paths: dict[str, list[str]] = {state: [] for state in SHAPES}
    states = {str(one["stage"]): str(one["state"]) for one in stages}
    for name, pipe in pipes_of(stages, places).items():
        state = states[name.partition(">")[2]]
        paths[state if state in paths else "ok"].append(path_of(pipe, rows))
    layers = [
        html.Span(className=f"pipe pipe-{state}", style={"--shape": _mask("".join(drawn))})
        for state, drawn in paths.items()
        if drawn
    ]
    return html.Div(layers, className="flow-pipes", **hyphened({"aria-hidden": "true"}))


def _mask(path: str) -> str:
    svg = (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1000 1000'"
        f" preserveAspectRatio='none'><path d='{path}' fill='none' stroke='black'"
        " stroke-width='2' stroke-linejoin='round' vector-effect='non-scaling-stroke'/></svg>"
    )
    return f'url("data:image/svg+xml,{quote(svg)}")'


def _at(place: Place, height: int = 1) -> dict[str, Any]:
    row = f"{place.row + 1} / span {height}"
    return {"--at": place.column + 1, "--down": row}


def _producers(senders: Senders, rows: int, href: str) -> html.A:
    silent = [html.Span(f"{senders.silent:,} silent", className="severity-warning")]
    parts = [
        html.Div([icon("integrations"), html.Strong("Producers")], className="flow-name"),
        html.Div([number(senders.sources), " sources"]),
        html.Div([number(senders.lines_per_second), " lines/s"], className="dim"),
        html.Div([number(senders.points_per_second), " points/s"], className="dim"),
        *(silent if senders.silent else []),
    ]
    return html.A(parts, href=href, className="flow-box producers", style=_at(Place(0, 0), rows))


def _topic(name: str, readers: Sequence[Mapping[str, Any]]) -> html.Div:
    """The name upon its pipe; how fast it fills is what each of its readers says."""
    place = TOPICS.get(name, Place(3, 0))
    rate = next((one["rate_in"] for one in readers if one["rate_in"] is not None), None)
    parts = [
        html.Code(shown_text(name, 60)),
        html.Span([number(_tidy(rate)), " rec/s"], className="dim small"),
    ]
    return html.Div(parts, className="flow-topic", style=_at(place))


def _stage(stage: Mapping[str, Any], place: Place, href: str) -> html.A:
    word = str(stage["state"])
    parts = [
        html.Div(
            [html.Strong(shown_text(str(stage["stage"]), 40)), state_word(word)],
            className="flow-name",
        ),
        html.Div([number(_tidy(stage["rate_out"])), " rec/s"]),
        html.Div(waiting(stage), className="dim small"),
    ]
    return html.A(parts, href=href, className=f"flow-box stage {word}", style=_at(place))


def waiting(stage: Mapping[str, Any]) -> str:
    """`nothing waits`, `12 wait, 0.3 s`. Pure."""
    if not stage["lag_records"]:
        return "nothing waits"
    age = stage["lag_seconds"]
    return f"{shown(stage['lag_records'])} wait" + (f", {shown(age, 's')}" if age else "")


def _set_aside(senders: Senders, rows: int, href: str) -> html.A:
    count = senders.dead_letters
    parts = [
        html.Div([html.Strong("Set aside")], className="flow-name"),
        html.Div([number(count), f" dead letter{'' if count == 1 else 's'}"]),
    ]
    style = {"--at": "7 / span 3", "--down": str(rows)}
    return html.A(parts, href=href, className="flow-box aside", style=style)


def _tidy(rate: float | None) -> float | None:
    """Three digits are enough, also of an idle trickle."""
    return rate if rate is None or rate >= 0.01 else 0.0


def answer(stages: Sequence[Mapping[str, Any]], ledger: Mapping[str, Any] | None) -> list[Any]:
    """The one line that matters, the worst first. Pure."""
    worst = sorted(stages, key=lambda one: -_RANK.get(str(one["state"]), 0))
    said: list[Any] = []
    tone = ""
    stopped = [str(one["stage"]) for one in worst if one["state"] == "stopped"]
    behind = [one for one in worst if one["state"] == "behind"]
    if stopped:
        verb = "is" if len(stopped) == 1 else "are"
        said.append(f"{', '.join(stopped)} {verb} stopped")
        tone = "critical"
    if ledger is not None and not ledger["balanced"]:
        count = len(ledger["faults"])
        said.append(f"the books do not balance, {count} fault{'' if count == 1 else 's'}")
        tone = "critical"
    if behind:
        late = max(behind, key=lambda one: one["lag_seconds"] or 0)
        said.append(f"{late['stage']} is {shown(late['lag_seconds'], 's')} behind")
        tone = tone or "warning"
    if said:
        words = "; ".join(said)
        return [html.Strong(words[:1].upper() + words[1:], className=f"severity-{tone}")]
    waits = sum(int(one["lag_records"]) for one in stages)
    rest = f", {three(waits)} records in flight" if waits else ", nothing waits"
    balanced = "the ledger is balanced" if ledger else "the ledger is not known"
    return [html.Strong("Everything flows"), f"{rest}, {balanced}"]
