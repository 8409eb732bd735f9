"""What arrived on logs.raw, and the independent truth about lines that it is compared with."""

import asyncio
import os
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from aiokafka import AIOKafkaConsumer, TopicPartition

from connectors.kafka import client_options, topic_name
from connectors.sources.carrying import Tally
from connectors.sources.edge import Wish, open_edge
from connectors.sources.filetail import follow
from connectors.sources.intake import Intake, plan, take_in
from connectors.topics import ensure_topics
from schemas.headers import LINES, RANGE, SCHEMA, SOURCE, TRACEPARENT, number, text
from schemas.logs import LogBatch, decode_batch
from schemas.settings import Settings, as_environment, child_environment
from schemas.topics import LOGS_RAW
from tests.stack import RunningStack


@dataclass(frozen=True)
class Record:
    """One record of the topic; `fingerprint`, `start` and `end` are the parts of its range.

    Ranges of the journal and of streams, which count in cursors and ids, have no numbers: both
    are 0.
    """

    batch: LogBatch
    range: str
    fingerprint: str
    start: int
    end: int


def truth(data: bytes) -> Counter[bytes]:
    """The lines of a file, counted: bytes between newlines, less one carriage return."""
    parts = data.split(b"\n")
    if parts[-1] == b"":
        parts.pop()
    return Counter(part[:-1] if part[-1:] == b"\r" else part for part in parts)


def lines_of(records: Iterable[Record]) -> Counter[bytes]:
    """The lines of all records, a repeated range counted once."""
    once = {(r.fingerprint, r.start, r.end): r for r in records}
    return Counter(line for record in once.values() for line in record.batch.lines)


def assert_every_byte_once(records: Iterable[Record], size: int) -> None:
    """Distinct ranges of one reading leave no gap and do not overlap; repeats are equal."""
    found: dict[tuple[int, int], list[bytes]] = {}
    for record in records:
        lines = found.setdefault((record.start, record.end), record.batch.lines)
        assert lines == record.batch.lines, "a repeat differs"
    assert {record.fingerprint for record in records} == {next(iter(records)).fingerprint}
    at = 0
    for start, end in sorted(found):
        assert start == at, f"gap or overlap at byte {at}"
        at = end
    assert at == size


def by_fingerprint(records: Iterable[Record]) -> dict[str, list[Record]]:
    """Records of each reading."""
    found: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        found[record.fingerprint].append(record)
    return found


async def fresh(stack: RunningStack, data_dir: Path, **overrides: object) -> Settings:
    """Settings with topics of their own and an empty data directory."""
    settings = stack.settings(
        data_dir=data_dir, fsync=False, topic_partitions=2, disk_floor_gib=0.05, **overrides
    )
    await asyncio.to_thread(ensure_topics, settings)
    return settings


async def arrived(settings: Settings) -> list[Record]:
    """Every record of logs.raw, its headers checked."""
    topic = topic_name(settings, LOGS_RAW)
    consumer = AIOKafkaConsumer(
        **client_options(settings), auto_offset_reset="earliest", max_partition_fetch_bytes=8 << 20
    )
    await consumer.start()
    try:
        partitions = [TopicPartition(topic, n) for n in range(settings.topic_partitions)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        found = []
        while any([await consumer.position(part) < ends[part] for part in partitions]):
            for messages in (await consumer.getmany(timeout_ms=200)).values():
                found += [_record(m.key, m.value, m.headers) for m in messages]
        return found
    finally:
        await consumer.stop()


def _record(key: bytes, value: bytes, headers: tuple[tuple[str, bytes], ...]) -> Record:
    batch = decode_batch(value)
    assert text(headers, SCHEMA) == "LogBatch/1"
    assert text(headers, SOURCE) == batch.source == key.decode()
    assert number(headers, LINES) == len(batch.lines)
    assert (text(headers, TRACEPARENT) or "").startswith("00-")
    name = text(headers, RANGE) or ""
    fingerprint, _, span = name.rpartition(":")
    start, _, end = span.partition("-")
    if fingerprint.startswith(("journald", "redis:")):
        return Record(batch, name, fingerprint, 0, 0)
    return Record(batch, name, fingerprint, int(start), int(end))


async def ingested(settings: Settings, *paths: Path | str, wish: Wish | None = None) -> Intake:
    """What `foreshock ingest PATHS` does, in this process."""
    intake = plan([str(path) for path in paths], settings.data_dir)
    await take_in(settings, intake, wish or Wish())
    return intake


@asynccontextmanager
async def following(
    settings: Settings, *patterns: Path, timezone: str = ""
) -> AsyncIterator[Tally]:
    """Files followed while the block runs, in this process."""
    tally = Tally()

    async def run() -> None:
        async with open_edge(settings) as edge:
            names = [str(pattern) for pattern in patterns]
            wish = Wish(imported=False, timezone=timezone)
            await follow(edge, names, settings.data_dir, wish, tally)

    task = asyncio.create_task(run())
    try:
        yield tally
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    """Waits for something to become true; fails when it does not."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(0.02)


def start(settings: Settings, *command: str, stdin: Path | None = None) -> subprocess.Popen[bytes]:
    """A process of the product with these settings: `python -m COMMAND`."""
    with (stdin or Path(os.devnull)).open("rb") as given:
        return subprocess.Popen(
            [sys.executable, "-m", *command],
            env=child_environment(**as_environment(settings)),
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
