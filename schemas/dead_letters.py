"""Dead letters as the API shows them, and what can be asked for many of them at once."""

from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

MOST_AT_ONCE: Final = 500


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


class LetterFilter(BaseModel):
    """Which letters; what is not said does not restrict. `q` is looked for in reason and detail."""

    model_config = ConfigDict(populate_by_name=True, extra="forbid")

    reason: str | None = None
    topic: str | None = None
    source: str | None = None
    stage: str | None = None
    brought_back: bool | None = None
    q: str | None = None
    begin: AwareDatetime | None = Field(None, alias="from")
    end: AwareDatetime | None = Field(None, alias="to")

    def fits(self, letter: LetterView) -> bool:
        """Whether the letter is one of them."""
        said = (
            (self.reason, letter.reason),
            (self.topic, letter.topic),
            (self.source, letter.source),
            (self.stage, letter.stage),
            (self.brought_back, letter.brought_back),
        )
        return (
            all(wanted is None or wanted == found for wanted, found in said)
            and (not self.q or self.q.lower() in f"{letter.reason} {letter.detail}".lower())
            and (self.begin is None or letter.at >= self.begin)
            and (self.end is None or letter.at < self.end)
        )


class LetterPage(BaseModel):
    """The newest first. `scanned` letters were looked at; `complete`: there are no older ones.

    A search may end before the page is full: `next_cursor` then goes on where it stopped.
    """

    items: list[LetterView]
    next_cursor: str | None = None
    scanned: int
    complete: bool
    total: int


class LetterChoice(BaseModel):
    """Letters by `ids`, or by a `filter` ({}: all of them); `cursor` goes on with a filter."""

    model_config = ConfigDict(extra="forbid")

    ids: Annotated[list[str], Field(max_length=MOST_AT_ONCE)] | None = None
    filter: LetterFilter | None = None
    cursor: str | None = None

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
