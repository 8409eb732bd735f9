"""Dead letters as the API shows them, and what can be asked for many of them at once."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from schemas.filter_values import Kind
from schemas.filters import Field as Filtered
from schemas.filters import Filter, Grammar
from schemas.matching import matcher
from schemas.pages import Page

MOST_AT_ONCE: Final = 500
# Such that the audit log holds whatever is asked: it leaves out what is larger than 64 KiB as JSON.
MAX_ID: Final = 40
_MAX_FILTER: Final = 4_000
_MAX_CURSOR: Final = 200
GRAMMAR: Final = Grammar(
    {
        "reason": Filtered(),
        "source": Filtered(),
        "stage": Filtered(),
        "topic": Filtered(),
        "lines": Filtered(Kind.NUMBER),
        "points": Filtered(Kind.NUMBER),
        "bytes": Filtered(Kind.NUMBER),
        "brought_back": Filtered(Kind.FLAG),
        "can_be_replayed": Filtered(Kind.FLAG),
    }
)


class LetterView(BaseModel):
    """A line, a few metric points or a whole record that could not be used.

    `id` is where it lies in its topic: partition-offset. `dead_id` is what it is known by however
    often it is delivered; a worker that was killed may have written it twice, and a replay counts
    once. `lines` and `points` say how much it is; `topic`, `partition` and `offset` where it came
    from. `range` names a record that an edge gave up. `brought_back`: a replay of it was counted.
    `preview` are its first characters, for those who may see its bytes.
    """

    id: str
    dead_id: str
    at: AwareDatetime
    source: str
    stage: str
    reason: str
    detail: str
    lines: int
    points: int
    topic: str
    partition: int
    offset: int
    range: str | None
    trace: str | None
    bytes: int
    brought_back: bool
    can_be_replayed: bool
    preview: str | None = None


def fits(asked: Filter, now: datetime) -> Callable[[LetterView], bool]:
    """Says of a letter whether a filter lets it through. Pure."""
    return matcher(asked, GRAMMAR, now, searched=("reason", "detail"), when="at")


class LetterPage(Page[LetterView]):
    """The newest first. `scanned` letters were looked at; `complete`: there are no older ones.

    A search may end before the page is full: `next_cursor` then goes on where it stopped. `total`
    is known only where nothing is filtered.
    """

    scanned: int
    complete: bool


_Id = Annotated[str, Field(max_length=MAX_ID, pattern="^[A-Za-z0-9-]*$")]


class LetterChoice(BaseModel):
    """Letters by `ids`, or by `filter`, which is the list's own query ("": all of them).

    `cursor` goes on with a filter.
    """

    model_config = ConfigDict(extra="forbid")

    ids: Annotated[list[_Id], Field(max_length=MOST_AT_ONCE)] | None = None
    filter: Annotated[str, Field(max_length=_MAX_FILTER)] | None = None
    cursor: Annotated[str, Field(max_length=_MAX_CURSOR)] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "LetterChoice":
        if (self.ids is None) == (self.filter is None):
            raise ValueError("give either ids or a filter")
        return self


LetterOutcome = Literal[
    "sent", "purged", "hidden", "not_found", "cannot_be_replayed", "already_back", "failed"
]


class LetterResult(BaseModel):
    """What became of one letter."""

    id: str
    status: LetterOutcome
    detail: str = ""


class LetterResults(BaseModel):
    """One result a letter. With a filter `next_cursor` goes on with the letters not reached."""

    done: int
    results: list[LetterResult]
    next_cursor: str | None = None
