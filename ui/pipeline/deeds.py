"""Sending dead letters again and deleting them: asked for in a sheet, answered one by one."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from dash import html

from schemas.dead_letters import GRAMMAR
from schemas.errors import ForeshockError, InvalidEvent, Unavailable
from schemas.filters import Filter, parse, to_query
from ui.components.attributes import hyphened
from ui.components.button import button, icon_button
from ui.components.page import table
from ui.components.states import failed, notice
from ui.components.text import shown_text
from ui.pipeline.letters import words_of
from ui.problems import ApiProblem
from ui.visit import api

SHOWN: Final = 50
_CALLS: Final = 20  # of at most 500 letters each
_VERBS: Final = {"replay": "Send", "purge": "Delete"}
_GOOD: Final = ("sent", "purged", "hidden", "already_back")
_WORDS: Final = {
    "sent": "on their way through the pipeline",
    "purged": "deleted",
    "hidden": "deleted; their bytes go with the older ones before them",
    "already_back": "left alone, as they were sent again before",
    "cannot_be_replayed": "cannot be sent again",
    "not_found": "not there any more",
    "failed": "failed",
}


def choice_of(deed: str, on: str, chosen: Sequence[str], wanted: Filter) -> dict[str, Any]:
    """What is meant: one letter, those that were ticked, else all that fit the filter. Pure."""
    ids = [on] if on != "chosen" else list(chosen)
    body: dict[str, Any] = {"ids": ids} if ids else {"filter": to_query(wanted)}
    return {"deed": deed, "body": body}


def question(choice: Mapping[str, Any]) -> list[Any]:
    """What will happen, and the button that makes it happen. Pure."""
    deed, body = choice["deed"], choice["body"]
    ids = body.get("ids")
    if ids:
        which = "this dead letter" if len(ids) == 1 else f"these {len(ids):,} dead letters"
    elif body["filter"]:
        wanted = parse(body["filter"], GRAMMAR)
        said = [words_of(one) for one in wanted.conditions]
        said += [f"the text {shown_text(wanted.q, 80)}"] if wanted.q else []
        which = f"every dead letter with {', '.join(said)}"
    else:
        which = "every dead letter there is"
    if deed == "purge":
        title, words = f"Delete {which}?", "This cannot be undone. The ledger keeps their numbers."
    else:
        title = f"Send {which} again?"
        words = (
            "They go through the pipeline once more. One that was sent again before is left alone."
        )
    go = button(
        "Delete for good" if deed == "purge" else "Send again",
        id={"type": "letter-go", "deed": deed},
        filled=True,
        once=True,
    )
    stay = button("Leave it", **hyphened({"data-close": "sheet"}))
    return sheet(title, html.P(words, className="dim"), html.Div([go, stay], className="row wrap"))


def sheet(title: str, *inside: Any) -> list[Any]:
    """A head with the cross, and what is below."""
    close = icon_button("close", "Close (esc)", **hyphened({"data-close": "sheet"}))
    head = html.Div([html.H2(title), close], className="row between")
    return [html.Div([head, *inside], className="stack")]


class Done(NamedTuple):
    """One result a letter, whether more are left, and what ended it early."""

    results: Sequence[Mapping[str, Any]]
    more: bool = False
    error: ForeshockError | None = None


async def act(choice: Mapping[str, Any]) -> Done:
    """Does it, some hundred letters a call; after a failure it holds what was done until then."""
    path = f"/dead-letters:{choice['deed']}"
    results: list[dict[str, Any]] = []
    body = dict(choice["body"])
    for _ in range(_CALLS):
        try:
            answer = await api().send("POST", path, body)
        except (InvalidEvent, Unavailable, ApiProblem) as error:
            return Done(results, "filter" in body, error)
        results += answer["results"]
        following = answer.get("next_cursor")
        if "ids" in body or not following:
            return Done(results)
        body["cursor"] = following
    return Done(results, more=True)


def outcome(done: Done) -> list[Any]:
    """How many went how, and each that did not go well by name; why it ended early. Pure."""
    results = done.results
    if done.error and not results:
        return sheet("This did not work", failed("The answer", done.error))
    counts = Counter(str(one["status"]) for one in results)
    well = sum(counts[name] for name in _GOOD)
    lines = [
        html.Li([html.Span(_WORDS.get(name, name)), html.Strong(f"{count:,}", className="number")])
        for name, count in counts.most_common()
    ]
    inside: list[Any] = [failed("The rest of the answer", done.error)] if done.error else []
    inside.append(html.Ul(lines, className="list"))
    if bad := [one for one in results if one["status"] not in _GOOD]:
        rows = [
            [
                html.Code(shown_text(str(one["id"]), 60)),
                _WORDS.get(str(one["status"]), str(one["status"])),
                html.Span(shown_text(str(one.get("detail") or ""), 200), className="dim small"),
            ]
            for one in bad[:SHOWN]
        ]
        inside.append(table(("Letter", "What became of it", "Why"), rows))
    if len(bad) > SHOWN:
        inside.append(html.P(f"and {len(bad) - SHOWN:,} more", className="dim"))
    if done.more:
        inside.append(notice("There are more of them: do it again for the rest."))
    inside.append(html.Div(button("Close", **hyphened({"data-close": "sheet"}))))
    return sheet(f"{well:,} of {len(results):,} done", *inside)
