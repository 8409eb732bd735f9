"""What the page of log lines remembers of what it shows, and the words around it. Pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

from dash import html

from ui.address import Period, period
from ui.components.attributes import hyphened
from ui.components.button import button, csv_link
from ui.components.states import first_use, no_match
from ui.filtering import api_params
from ui.integrations.sending import SEND_LINES
from ui.logs import asking

MOST_SHOWN: Final = 1000  # lines of a tail; older ones go


def state_of(asked: Mapping[str, Any], found: Mapping[str, Any], when: Period) -> dict[str, Any]:
    """Of a first page; `sizes` are the lines of each chunk, the newest first."""
    scanned = found["scanned"]
    ends = (when.start.isoformat(), when.end.isoformat())
    return {
        **asked,
        "at": datetime.now(UTC).isoformat(),
        "cursor": found["next_cursor"],
        "sizes": [len(found["items"])],
        "looked": [scanned["lines"], scanned["bytes"]],
        "from": ends[0],
        "to": ends[1],
    }


def tail_state(asked: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """Of a tail that begins."""
    at = datetime.now(UTC).isoformat()
    oldest = found["items"][-1]["time"] if found["items"] else at
    return {
        **asked,
        "at": at,
        "after": found["after"],
        "sizes": [len(found["items"])],
        "oldest": [oldest],
    }


def with_newer(state: Mapping[str, Any], found: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """The state with a chunk on top, and how many chunks at the bottom have to go."""
    sizes = [len(found["items"]), *state["sizes"]]
    oldest = [found["items"][-1]["time"], *state["oldest"]]
    gone = 0
    while sum(sizes) > MOST_SHOWN and len(sizes) > 1:
        sizes.pop()
        oldest.pop()
        gone += 1
    at = datetime.now(UTC).isoformat()
    return {**state, "at": at, "after": found["after"], "sizes": sizes, "oldest": oldest}, gone


def with_older(state: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """The state with another page below."""
    scanned = found["scanned"]
    looked = [state["looked"][0] + scanned["lines"], state["looked"][1] + scanned["bytes"]]
    sizes = [*state["sizes"], len(found["items"])]
    return {**state, "cursor": found["next_cursor"], "sizes": sizes, "looked": looked}


def tools(search: str | None, state: Mapping[str, Any]) -> list[Any]:
    """The lines as a file, and a link that opens the same ones again."""
    when = period(search).params()
    start = state["oldest"][-1] if "oldest" in state else state["from"]
    end = state["at"] if "oldest" in state else state["to"]
    asked = {**api_params(asking.filter_in(search)), **when}
    csv = csv_link("logs", f"?{urlencode(asked)}", title="The lines of this time as a file")
    link = asking.exact_link(search, start, end, sum(state["sizes"]))
    return [csv, button("Copy link", glyph="link", **hyphened({"data-copy-link": link}))]


def empty(search: str | None, scanned: Mapping[str, Any]) -> html.Div:
    """Why there is no line."""
    if not scanned["complete"]:
        return no_match(scanned["lines"], noun="lines so far match")
    if asking.is_narrowed(search):
        return no_match(scanned["lines"], noun="lines match", clear_href="/logs")
    words = "Lines appear as they come in. A longer range may show older ones."
    return first_use("No line in this time", words, snippet=SEND_LINES, glyph="logs")


def waiting() -> html.Div:
    """A tail to which nothing has come."""
    return first_use("Waiting for lines", "They appear here as they come in.", glyph="logs")


def tail_answer(shown: Sequence[int], skipped: int, *, paused: bool = False) -> list[Any]:
    """The answer in one line, while lines come."""
    words = " as they come, the newest first"
    said: list[Any] = [html.Strong(f"{sum(shown):,} lines"), words]
    if skipped:
        said.append(f"; {skipped:,} records came faster than lines are shown")
    return [*said, "; paused"] if paused else said
