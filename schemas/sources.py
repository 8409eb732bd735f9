"""Sources: who sends, how much, how fast, since when nothing came, and what went wrong last."""

from typing import Final, Literal, NamedTuple, get_args

from pydantic import AwareDatetime, BaseModel

from schemas.filter_values import Kind
from schemas.filters import Field, Grammar

SourceKind = Literal["lines", "points"]
GRAMMAR: Final = Grammar(
    {
        "source": Field(),
        "kind": Field(Kind.WORD, get_args(SourceKind)),
        "accepted": Field(Kind.NUMBER),
        "stored": Field(Kind.NUMBER),
        "deduplicated": Field(Kind.NUMBER),
        "dead_lettered": Field(Kind.NUMBER),
        "in_flight": Field(Kind.NUMBER),
        "last_seen": Field(Kind.TIME),
        "silent": Field(Kind.FLAG),
        "demo": Field(Kind.FLAG),
    },
    sorts=("source", "last_seen", "accepted", "dead_lettered", "in_flight"),
    window=False,
)

_MINUTE_MS: Final = 60_000


class SourceSum(NamedTuple):
    """What rows add to the books of one source; `stored` are parsed lines, or stored points.

    `minute` is the newest minute of arrival (Unix time // 60), `in_minute` what was accepted in
    it, `in_minute_before` in the one before. `last_arrival` in Unix ms, None for replays alone.
    """

    accepted: int
    stored: int
    deduplicated: int
    dead: int
    last_arrival: int | None
    minute: int
    in_minute: int
    in_minute_before: int


def per_second(minute: int, in_minute: int, in_minute_before: int, now_ms: int) -> float:
    """The rate over the last minute, from two counts by the clock's minutes. Pure."""
    age_ms = now_ms - minute * _MINUTE_MS
    if age_ms < 0:
        return in_minute / 60
    if age_ms < _MINUTE_MS:
        share = 1 - age_ms / _MINUTE_MS
        return (in_minute + in_minute_before * share) / 60
    return in_minute * max(0.0, 2 - age_ms / _MINUTE_MS) / 60


class SourceError(BaseModel):
    """The newest dead letter of a source; `letter` is its id at /dead-letters."""

    at: AwareDatetime
    reason: str
    detail: str
    letter: str


class SourceView(BaseModel):
    """One source: accepted = stored + deduplicated + dead_lettered + in_flight.

    `stored` are lines parsed and counted, or metric points stored. `in_flight` are lines or points
    in the broker and not in Postgres, `lag_seconds` how old the oldest of them is; both None while
    the broker does not answer. `rate_per_s` is what was stored of the last minute's arrivals.
    `silent`: an open alert says that it speaks no more. `last_error` is looked for among the newest
    10,000 dead letters.
    """

    source: str
    kind: SourceKind
    rate_per_s: float
    accepted: int
    stored: int
    deduplicated: int
    dead_lettered: int
    in_flight: int | None
    lag_seconds: float | None
    last_seen: AwareDatetime | None
    last_error: SourceError | None
    silent: bool
    demo: bool


class SourceBooks(BaseModel):
    """A source that may send lines, points, or both."""

    source: str
    items: list[SourceView]


class TestEvent(BaseModel):
    """A marked line that was sent as one of a source; find it by `marker`."""

    __test__ = False  # not a class of tests

    source: str
    line: str
    marker: str
    sent_at: AwareDatetime
    look_for: dict[str, str]
