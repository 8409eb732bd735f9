"""What of the raw topics is in the broker and not in Postgres, by source.

The unread tail is read for its headers. When that takes too long the rest is counted in records
that nobody is named for, as the ledger does with strangers' records.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from connectors.kafka import topic_name
from connectors.ledger import LINES, POINTS, Kind
from connectors.topic_log import Logs, TopicLog
from schemas import headers
from schemas.batches import Chain
from schemas.ledger import UNATTRIBUTED
from schemas.settings import Settings
from schemas.sources import SourceKind

_READ_SECONDS: Final = 1.5


@dataclass
class Waiting:
    """Of one source: records, what they hold, and when the oldest arrived (Unix ms)."""

    records: int = 0
    count: int = 0
    oldest_ms: int | None = None


@dataclass
class Tails:
    """By kind and source; `complete` when every unread record was looked at.

    `oldest_ms`, `where`: when the oldest of all arrived (Unix ms), and in which topic-partition.
    """

    waiting: dict[tuple[SourceKind, str], Waiting] = field(default_factory=dict)
    complete: bool = True
    oldest_ms: int | None = None
    where: str = ""

    def of(self, kind: SourceKind, source: str) -> Waiting:
        """That of one source, made when there is none."""
        return self.waiting.setdefault((kind, source), Waiting())


async def read_tails(settings: Settings, logs: Logs, applied: Mapping[Chain, int]) -> Tails:
    """`applied` are the frontiers of every epoch. Raises Unavailable."""
    tails = Tails()
    newest: dict[tuple[str, int], Chain] = {}
    for chain in sorted(applied):
        newest[chain.topic, chain.partition] = chain
    until = time.monotonic() + _READ_SECONDS
    kinds: tuple[tuple[SourceKind, Kind], ...] = (("lines", LINES), ("points", POINTS))
    for word, kind in kinds:
        async with logs.open(topic_name(settings, kind.topic)) as log:
            for partition, (start, end) in sorted((await log.bounds()).items()):
                known = newest.get((log.topic, partition))
                first = max(start, applied[known] + 1) if known else start
                first = first if first <= end else start  # beyond: the topic was made anew
                await _add(tails, (word, kind), log, (partition, first, end), until)
    return tails


async def _add(
    tails: Tails,
    of: tuple[SourceKind, Kind],
    log: TopicLog,
    part: tuple[int, int, int],
    until: float,
) -> None:
    word, kind = of
    partition, at, end = part
    async for record in log.read(partition, at, end):
        if tails.oldest_ms is None or record.timestamp < tails.oldest_ms:
            tails.oldest_ms, tails.where = record.timestamp, f"{kind.topic.name}-{partition}"
        if time.monotonic() > until:
            break
        at = record.offset + 1
        ours = headers.text(record.headers, headers.SCHEMA) == kind.schema
        source = headers.text(record.headers, headers.SOURCE) if ours else None
        said = headers.number(record.headers, kind.counted)
        named = (source, said) if source and said is not None else (UNATTRIBUTED, 1)
        waiting = tails.of(word, named[0])
        waiting.records += 1
        waiting.count += named[1]
        if waiting.oldest_ms is None or record.timestamp < waiting.oldest_ms:
            waiting.oldest_ms = record.timestamp
    else:
        return
    tails.complete = False
    rest = tails.of(word, UNATTRIBUTED)
    rest.records += end - at
    rest.count += end - at
