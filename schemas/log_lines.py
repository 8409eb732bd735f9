"""Log lines as they are read out of the topic: what `/logs` understands and answers."""

from typing import Final

from pydantic import AwareDatetime, BaseModel

from schemas.filter_values import Kind
from schemas.filters import Field, Grammar
from schemas.pages import Page
from schemas.pattern_lists import LEVELS

GRAMMAR: Final = Grammar(
    {
        "source": Field(),
        "host": Field(),
        "service": Field(),
        "level": Field(Kind.WORD, LEVELS, ordered=True),
        "pattern": Field(),
    }
)


class LogLine(BaseModel):
    """One physical line at its place in the topic.

    `time` is what the line says, or when it arrived; the later lines of a trace have the fields of
    its first one. `pattern` is the uid of the pattern it was counted under, joined; None where
    what was published does not tell. `message` is the line without its header, `text` the line
    itself; both are cut after 4 KiB, which `cut` says.
    """

    time: AwareDatetime
    source: str
    host: str
    service: str
    severity: str
    pattern: str | None
    message: str
    text: str
    cut: bool
    topic: str
    partition: int
    offset: int
    line: int
    demo: bool


class ScannedLines(BaseModel):
    """How far a search got.

    `reached`: the time of the oldest records that were looked through. `complete`: nothing is left
    to look at; else the next page goes on. `expired_before`: what arrived before then may be
    missing, as retention has deleted it.
    """

    lines: int
    bytes: int
    reached: AwareDatetime | None
    complete: bool
    expired_before: AwareDatetime | None


class LogPage(Page[LogLine]):
    """Newest first. A page may be short, or empty, although there is more: see `scanned`."""

    scanned: ScannedLines


class LogContext(BaseModel):
    """Lines of one source in the order of the topic; `place` is the index of the one asked for.

    `more_before`, `more_after`: whether there are others beyond.
    """

    items: list[LogLine]
    place: int
    more_before: bool
    more_after: bool


class LogTail(BaseModel):
    """The newest lines, the newest first; `after` asks for those that come next.

    `skipped` counts records since the last answer that came faster than they are shown, in whole
    or in part.
    """

    items: list[LogLine]
    after: str
    skipped: int
