"""What the drawer of an alert shows, the first thing to look at first."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import dcc, html

from schemas.errors import ForeshockError
from ui.alerts import changes
from ui.alerts.timeline import Entry, timeline
from ui.components.button import button, text_input
from ui.components.number import number, shown
from ui.components.page import facts
from ui.components.severity import demo_badge, severity, state
from ui.components.states import failed
from ui.components.text import outside_text, shown_text
from ui.components.times import moment
from ui.problems import ApiProblem

Found = Mapping[str, Any] | ForeshockError
_OPEN: Final = ("firing", "acknowledged", "suppressed")
_MOST: Final = 4_000  # characters of a comment, as the API takes them


def title(alert: Mapping[str, Any]) -> Any:
    """What it says, whatever it holds."""
    return outside_text(str(alert["title"])[:600])


def note(alert: Mapping[str, Any]) -> html.Div:
    """Severity, state, since when, whose."""
    owner = str(alert.get("owner") or "")
    parts: list[Any] = [
        severity(str(alert["severity"])),
        state(str(alert.get("shown") or alert["state"])),
        html.Span(["began ", moment(alert["first_seen"], relative=True)]),
        html.Span(f"owner {shown_text(owner, 60)}" if owner else "no owner"),
    ]
    return html.Div(parts + ([demo_badge()] if alert.get("demo") else []), className="row wrap")


def body(alert: Mapping[str, Any], changed: Found, history: Found) -> list[Any]:
    """Links, what changed before, then what it is, then how it went."""
    return [
        changes.links(alert),
        _part("What changed in the 30 minutes before", _or_failed("It", changed, changes.changed)),
        *_anomaly(alert.get("anomaly_data")),
        *_description(alert),
        _part("Facts", [_facts(alert)]),
        _part("History", _or_failed("The history", history, _history)),
    ]


def _part(name: str, inside: Sequence[Any]) -> html.Section:
    return html.Section([html.H2(name), *inside], className="stack part")


def _or_failed(what: str, found: Found, draw: Any) -> Sequence[Any]:
    if isinstance(found, ForeshockError):
        if isinstance(found, ApiProblem) and found.status == 404:
            return [html.P("Nothing is known of it.", className="dim")]
        return [failed(what, found)]
    drawn: Sequence[Any] = draw(found)
    return drawn


def _anomaly(data: Mapping[str, Any] | None) -> list[Any]:
    if not data:
        return []
    unit, base = str(data.get("unit") or ""), data.get("baseline")
    rows: list[tuple[str, Any]] = [
        ("Metric", html.Code(shown_text(str(data["metric"]), 200))),
        ("Value", number(data.get("value"), unit)),
    ]
    if base:
        usual = f"{shown(base['mean'], unit)} ± {shown(base['std'], unit)}"
        band = f"{shown(base['low'], unit)} to {shown(base['high'], unit)}"
        rows += [("Baseline", html.Span(usual, className="number"))]
        rows += [("Usual range", html.Span(band, className="number"))]
    rows.append(("Score", number(data.get("score"))))
    return [_part("What was measured", [facts(rows)])]


def _description(alert: Mapping[str, Any]) -> list[Any]:
    sample = (alert.get("annotations") or {}).get("sample")
    parts: list[Any] = []
    if text := str(alert.get("description") or ""):
        parts.append(html.P(outside_text(text)))
    if sample:
        parts.append(html.Pre(outside_text(str(sample), mono=True), className="sample"))
    return [_part("Why", parts)] if parts else []


def _facts(alert: Mapping[str, Any]) -> html.Dl:
    rows: list[tuple[str, Any]] = [
        ("Raised by", html.Code(shown_text(str(alert["source"]), 200))),
        ("Type", str(alert["type"])),
        ("Signals", number(alert.get("count"))),
        ("Began", moment(alert["first_seen"])),
        ("Last seen", moment(alert["last_seen"])),
    ]
    if alert.get("resolved_at"):
        rows.append(("Over since", moment(alert["resolved_at"])))
    if alert.get("source_severity"):
        rows.append(("Its own word", shown_text(str(alert["source_severity"]), 100)))
    labels = sorted((alert.get("labels") or {}).items())
    rows += [(shown_text(name, 60), html.Code(shown_text(text, 500))) for name, text in labels]
    rows.append(("Id", html.Code(str(alert["id"]))))
    return facts(rows)


def _history(found: Mapping[str, Any]) -> list[Any]:
    entries = [_entry(one) for one in timeline(found["items"])]
    total = int(found.get("total") or 0)
    left = total - len(found["items"])
    older = [html.Li(f"{left:,} older versions", className="dim small")] if left > 0 else []
    return [html.Ol([*entries, *older], className="timeline")]


def _entry(one: Entry) -> html.Li:
    who = shown_text(one.who, 60) or "Foreshock"
    times = f" · seen {one.many} times" if one.many > 1 else ""
    head: list[Any] = [html.Strong(who), f" {shown_text(one.words, 200)}{times}"]
    said = [html.Div(outside_text(one.text), className=f"said {one.kind}")] if one.text else []
    tone = "person" if one.who else "system"
    return html.Li([html.Div([html.Span(head), moment(one.at)], className="row between"), *said],
                   className=tone)  # fmt: skip


def actions(alert: Mapping[str, Any]) -> list[Any]:
    """What may be decided in this state; the first is what is mostly wanted."""
    word = str(alert.get("shown") or alert["state"])
    made = []
    if word == "firing":
        made.append(_act("Acknowledge", "acknowledge", key="e", glyph="check", filled=True))
    if word == "acknowledged":
        made.append(_act("Acknowledged: undo", "unacknowledge"))
    if word in _OPEN or word == "pending":
        made.append(_act("Resolve", "resolve", key="r"))
        made.append(_act("Assign to me", "mine", key="m"))
    return made


def form() -> html.Fieldset:
    """A comment, and somebody else's name; it stays while the rest is drawn anew."""
    comment = dcc.Textarea(
        id="alert-text", placeholder="Comment", maxLength=_MOST, className="input area"
    )
    owner = text_input("alert-owner", placeholder="User name", autoComplete="off", maxLength=200)
    return html.Fieldset(
        [
            _line("Comment", comment, _act("Comment", "comment", glyph="comment")),
            _line("New owner", owner, _act("Assign", "assign", glyph="user")),
        ],
        id="alert-form",
        className="bare stack part",
        hidden=True,
    )


def _line(label: str, control: Any, act: html.Button) -> html.Div:
    name = html.Label(label, htmlFor=control.id, className="visually-hidden")
    return html.Div([name, control, act], className="say")


def _act(words: str, action: str, **more: Any) -> html.Button:
    return button(words, id={"type": "alert-act", "action": action}, once=True, **more)
