"""Lines as people read them: each with the fields and the pattern under which it was counted. Pure.

The same code that counts reads here, so a line has the same time, host, service and severity. Its
pattern is told by what all miners have published; where they have published nothing that fits,
none is told.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from agents.parsing.miner import Miner
from agents.parsing.record import Record, read_batch, source_of
from agents.parsing.separating import separate
from agents.parsing.state import PartitionState, storable_names
from agents.parsing.traces import join
from schemas.aliases import Aliases
from schemas.display import cut
from schemas.errors import InvalidEvent
from schemas.log_reads import FoundLine, Wanted
from schemas.logs import LogBatch
from schemas.patterns import Pattern, PatternAlias


class Names:
    """The patterns that were published: which of them a message belongs to."""

    def __init__(self, miner: Miner) -> None:
        self._miner = miner
        self._published: set[str] = set()
        self._aliases = Aliases()

    def learn(self, change: Pattern | PatternAlias) -> None:
        """What a miner published; again, late or out of order makes no difference."""
        self._miner.learn(change)
        if isinstance(change, PatternAlias):
            self._aliases.union(change.uid, change.other)
        else:
            self._published.add(change.uid)

    def of(self, messages: Sequence[str]) -> list[str]:
        """The root's uid of each message; "" for a shape that nobody has published."""
        uids = self._miner.add_many(messages)
        return [self._aliases.root(uid) if uid in self._published else "" for uid in uids]

    def roots(self, uids: Sequence[str]) -> set[str]:
        """The roots of uids."""
        return {self._aliases.root(uid) for uid in uids}


class _Event(NamedTuple):
    """A line, or a trace with its lines: indexes into the texts of the record."""

    first: int
    lines: int


def find(
    record: Record, state: PartitionState, names: Names, wanted: Wanted
) -> tuple[list[FoundLine], int]:
    """The wanted lines of one record, in its order, and how many lines were looked at.

    Dead lines are in the dead letters, not here.
    """
    try:
        batch = read_batch(record)
    except InvalidEvent:
        return [], 0
    source = source_of(batch, record)
    if not _allowed(wanted, "source", source):
        return [], len(batch.lines)
    texts, places, _ = separate(batch.lines)
    holds = _text_test(wanted)
    events = [
        _Event(first, count)
        for first, count in join(texts)
        if holds is None or any(map(holds, texts[first : first + count]))
    ]
    found = _fitting(record, batch, state, names, wanted, [texts[e.first] for e in events])
    lines = [
        _line(record, batch, source, fields, places[at], texts[at], at == events[place].first)
        for place, fields in found
        for at in range(events[place].first, events[place].first + events[place].lines)
        if holds is None or holds(texts[at])
    ]
    return lines, len(batch.lines)


def _line(
    record: Record,
    batch: LogBatch,
    source: str,
    fields: "_Fields",
    place: int,
    text: str,
    is_first: bool,
) -> FoundLine:
    """The other lines of a trace have the fields of its first one, as they are counted with it."""
    short = cut(text)
    return FoundLine(
        time_ms=fields.time_ms,
        source=source,
        host=fields.host,
        service=fields.service,
        severity=fields.severity,
        pattern=fields.pattern,
        message=cut(fields.message) if is_first else short,
        text=short,
        cut=short is not text,
        partition=record.partition,
        offset=record.offset,
        line=place,
        demo=batch.demo,
    )


class _Fields(NamedTuple):
    time_ms: int
    host: str
    service: str
    severity: int
    message: str
    pattern: str


def _fitting(
    record: Record,
    batch: LogBatch,
    state: PartitionState,
    names: Names,
    wanted: Wanted,
    firsts: list[str],
) -> list[tuple[int, _Fields]]:
    """Which events fit, by the fields of their first lines."""
    if not firsts:
        return []
    columns = state.parser(batch).parse_columns(firsts, record.arrival)
    rows = zip(
        columns.time_ms,
        storable_names(columns.host),
        storable_names(columns.service),
        map(int, columns.severity),
        columns.message,
        strict=True,
    )
    fitting = [(at, row) for at, row in enumerate(rows) if _fits(wanted, *row[:4])]
    patterns = names.of([row[4] for _, row in fitting])
    only = names.roots(wanted.only.get("pattern", ()))
    never = names.roots(wanted.never.get("pattern", ()))
    return [
        (at, _Fields(*row, pattern))
        for (at, row), pattern in zip(fitting, patterns, strict=True)
        if ("pattern" not in wanted.only or pattern in only) and pattern not in never
    ]


def _fits(wanted: Wanted, time_ms: int, host: str, service: str, severity: int) -> bool:
    return (
        wanted.since_ms <= time_ms < wanted.until_ms
        and (not wanted.levels or severity in wanted.levels)
        and _allowed(wanted, "host", host)
        and _allowed(wanted, "service", service)
    )


def _allowed(wanted: Wanted, name: str, value: str) -> bool:
    only = wanted.only.get(name)
    return (only is None or value in only) and value not in wanted.never.get(name, ())


def _text_test(wanted: Wanted) -> Callable[[str], bool] | None:
    if not wanted.text:
        return None
    if wanted.exact:
        return lambda text: wanted.text in text
    looked_for = wanted.text.casefold()
    return lambda text: looked_for in text.casefold()
