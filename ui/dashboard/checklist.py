"""The first steps, which tick themselves as data arrives."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from dash import html

from ui.components.attributes import hyphened
from ui.components.button import button, link_button
from ui.components.icon import icon
from ui.components.page import panel
from ui.components.severity import demo_badge


class Step(NamedTuple):
    """What to do, why, how, and whether it is done; `demo`: by made-up data alone."""

    title: str
    words: str
    action: str
    href: str
    done: bool
    demo: bool = False


def steps(sources: Sequence[Mapping[str, Any]], seen: Mapping[str, Any] | None) -> list[Step]:
    """From the API's sources and dashboard, which may hold nothing yet. Pure."""
    logs = [one for one in sources if one["kind"] == "lines" and one["accepted"]]
    points = [one for one in sources if one["kind"] == "points" and one["accepted"]]
    known = seen or {}
    patterns = int((known.get("patterns") or {}).get("count") or 0)
    alerts = len(known.get("top_alerts") or [])
    stored = any(one.get("stored") for one in logs)
    return [
        Step("Send logs", "A file, a shipper, a topic: whatever you have.",
             "Connect logs", "/integrations-admin", bool(logs), _all_demo(logs)),
        Step("Send metrics", "Telegraf, or JSON with a name and a number.",
             "Connect metrics", "/integrations-admin", bool(points), _all_demo(points)),
        Step("See the first pattern or alert", "They appear by themselves, within seconds.",
             "Patterns", "/patterns", bool(patterns or alerts or stored), _all_demo(logs)),
    ]  # fmt: skip


def _all_demo(sources: Sequence[Mapping[str, Any]]) -> bool:
    return bool(sources) and all(one.get("demo") for one in sources)


def checklist(known: Sequence[Step], *, may_hide: bool) -> html.Section | list[Any]:
    """The steps with links; nothing when all are done."""
    if all(step.done for step in known):
        return []
    done = sum(step.done for step in known)
    hide = [button("Hide", quiet=True, id={"type": "dashboard-hide", "at": "checklist"})]
    following = next(n for n, step in enumerate(known, 1) if not step.done)
    return panel(
        html.Ol(
            [_step(step, n, filled=n == following) for n, step in enumerate(known, 1)],
            className="steps",
        ),
        title="First steps",
        note=f"{done} of {len(known)} done; they tick themselves as data arrives",
        actions=hide if may_hide else [],
        **hyphened({"data-state": "first-use"}),
    )


def _step(step: Step, number: int, *, filled: bool) -> html.Li:
    mark = icon("check", "done") if step.done else html.Span(str(number))
    badge: list[Any] = [demo_badge()] if step.done and step.demo else []
    words = html.Div(
        [html.H3([step.title, " ", *badge]),
         html.P(step.words, className="dim")]
    )  # fmt: skip
    link = [] if step.done else [link_button(step.action, step.href, filled=filled)]
    style = "done" if step.done else ""
    return html.Li([html.Span(mark, className="mark"), words, *link], className=style)
