"""Patterns as people see them: uids that are one pattern joined, with real lines of the topic."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from pydantic import BaseModel

from connectors.stores import patterns as store
from connectors.stores import postgres
from connectors.stores.patterns import Counted
from connectors.topic_log import TopicLog, open_log
from schemas import headers
from schemas.aliases import Aliases
from schemas.errors import InvalidEvent
from schemas.logs import LOG_BATCH, decode_batch
from schemas.settings import Settings
from schemas.strangers import read


class Sample(BaseModel):
    """A real line, as it lies in the topic; `text` is None when it is gone."""

    source: str
    topic: str
    partition: int
    offset: int
    line: int
    text: str | None


class PatternView(BaseModel):
    """One pattern under its root uid; times are UTC, `count` is physical lines."""

    uid: str
    template: str
    count: int
    events: int
    first_seen: datetime
    last_seen: datetime
    sources: list[str]
    services: list[str]
    uids: list[str]
    sample: str


def join(
    counted: Sequence[Counted],
    aliases: Iterable[tuple[str, str]],
    services: Iterable[tuple[str, str]],
    templates: Mapping[str, str],
) -> list[PatternView]:
    """Sum the uids of each set under its root, most frequent first. Pure.

    The root's own template is the one that the miner keeps up to date, counted or not.
    """
    union = Aliases()
    for uid, other in aliases:
        union.union(uid, other)
    sets: dict[str, list[Counted]] = defaultdict(list)
    for one in counted:
        sets[union.root(one.uid)].append(one)
    named: dict[str, set[str]] = defaultdict(set)
    for uid, service in services:
        named[union.root(uid)].add(service)
    views = [_view(root, members, sorted(named[root]), templates) for root, members in sets.items()]
    return sorted(views, key=lambda view: (-view.count, view.uid))


def _view(
    root: str, members: list[Counted], services: list[str], templates: Mapping[str, str]
) -> PatternView:
    chief = next((one for one in members if one.uid == root), members[0])
    return PatternView(
        uid=root,
        template=templates.get(root) or chief.template,
        count=sum(one.lines for one in members),
        events=sum(one.events for one in members),
        first_seen=_time(min(one.first_seen for one in members)),
        last_seen=_time(max(one.last_seen for one in members)),
        sources=sorted({one.source for one in members}),
        services=services,
        uids=sorted({one.uid for one in members}),
        sample=chief.sample,
    )


def _time(unix_ms: int) -> datetime:
    return datetime.fromtimestamp(unix_ms / 1000, UTC)


def load(settings: Settings, source: str | None = None) -> tuple[list[PatternView], list[Counted]]:
    """All patterns of a source, or of all, and the uids they are made of. Raises Unavailable."""
    with postgres.connect(settings) as connection:
        counted = store.counted(connection, source)
        edges = store.aliases(connection)
        services = store.services(connection, source)
        templates = store.templates(connection)
    return join(counted, edges, services, templates), counted


async def samples(settings: Settings, members: Sequence[Counted]) -> list[Sample]:
    """One real line for each (source, uid), read again from the topic. Raises Unavailable."""
    found = []
    for topic in sorted({one.topic for one in members}):
        async with open_log(settings, topic) as log:
            found += [await sample(log, one) for one in members if one.topic == topic]
    return found


async def sample(log: TopicLog, one: Counted) -> Sample:
    """The newest line of one uid, read from its topic. Raises Unavailable."""
    record = await log.one(one.partition, one.offset) if one.current else None
    text = None
    if record is not None:
        try:
            lines = lines_of(record.headers, record.value or b"")
            text = lines[one.line].decode("utf-8", "replace") if one.line < len(lines) else None
        except InvalidEvent:
            text = None
    return Sample(
        source=one.source,
        topic=log.topic,
        partition=one.partition,
        offset=one.offset,
        line=one.line,
        text=text,
    )


def lines_of(found: headers.Headers, value: bytes) -> list[bytes]:
    """The lines of a record of logs.raw, ours or a stranger's. Raises InvalidEvent."""
    if headers.text(found, headers.SCHEMA) == LOG_BATCH.decode():
        return decode_batch(value).lines
    return read(value)
