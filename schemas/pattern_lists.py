"""Patterns as lists and drawers show them: counted within a window, against the one before it."""

from typing import Final, Literal

from pydantic import AwareDatetime, BaseModel

from schemas.filter_values import Kind
from schemas.filters import Field, Grammar
from schemas.pages import Page
from schemas.severities import Severity

LEVELS: Final = tuple(level.name.lower() for level in Severity)  # the least first
MAX_BUCKETS: Final = 30

GRAMMAR: Final = Grammar(
    {
        "uid": Field(),
        "source": Field(),
        "service": Field(),
        "severity": Field(Kind.WORD, LEVELS, ordered=True),
        "count": Field(Kind.NUMBER),
        "first_seen": Field(Kind.TIME),
        "last_seen": Field(Kind.TIME),
    },
    sorts=("count", "first_seen", "last_seen", "change"),
)
SERIES_GRAMMAR: Final = Grammar(
    {"source": Field(), "severity": Field(Kind.WORD, LEVELS, ordered=True)}, text=False
)
WINDOW_GRAMMAR: Final = Grammar({}, text=False)

By = Literal["severity", "source", "host", "service"]


class PatternRow(BaseModel):
    """One pattern under its root uid.

    `count`, `events`, `severities` and `trend` are of the window (`trend`: lines in buckets of
    equal length, the oldest first); `first_seen`, `last_seen`, `sources`, `services` and `uids` of
    all time. `share` is of all lines in the list; `change` is (count - previous) / previous, None
    where there was nothing before; `new`: first seen within the window.
    """

    uid: str
    template: str
    count: int
    events: int
    share: float
    trend: list[int]
    previous_count: int
    change: float | None
    severities: dict[str, int]
    new: bool
    first_seen: AwareDatetime
    last_seen: AwareDatetime
    sources: list[str]
    services: list[str]
    uids: list[str]
    sample: str


class PatternPage(Page[PatternRow]):
    """`total` patterns match, and `total_lines` is the sum of the counts of all of them.

    `since` and `until` are the window as it was taken, to the minute.
    """

    total_lines: int
    since: AwareDatetime
    until: AwareDatetime


class PatternSample(BaseModel):
    """A real line at its place in the topic; `text` is None when it is gone."""

    source: str
    topic: str
    partition: int
    offset: int
    line: int
    text: str | None


class PatternSamples(BaseModel):
    """`kept` is the first line that was ever seen of the pattern, which no retention deletes."""

    items: list[PatternSample]
    kept: str


class Series(BaseModel):
    """`values` are lines, one for each timestamp."""

    name: str
    values: list[int]


class LineSeries(BaseModel):
    """Lines by time; `timestamps` are the beginnings of steps of equal length."""

    by: By
    step_seconds: int
    timestamps: list[AwareDatetime]
    series: list[Series]
    total: int


class SlotValue(BaseModel):
    """One value that stood in a variable's place, and how many of the lines had it."""

    value: str
    lines: int


class Slot(BaseModel):
    """One variable of the template, from the left; `type` is `*`, `NUM`, `IP` and so on.

    `values` are the commonest; `distinct` counts all of them.
    """

    type: str
    distinct: int
    values: list[SlotValue]


class PatternSlots(BaseModel):
    """Out of the newest lines, of which `lines` were looked at and `fitting` fit the template."""

    template: str
    lines: int
    fitting: int
    slots: list[Slot]
