"""The declared topics, and what the broker has of them."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from connectors.kafka import topic_name
from connectors.shared_logs import SharedLogs
from connectors.topics import existing_topics, partitions_of
from schemas.pipeline import TopicPartitionView, TopicsView, TopicView
from schemas.settings import Settings
from schemas.topics import TOPICS, Topic

Bounds = dict[int, tuple[int, int]]


async def topic_rows(settings: Settings, logs: SharedLogs) -> TopicsView:
    """Each declared topic, in the order of declaration. Raises Unavailable."""
    async with logs.admin() as admin:
        found = await existing_topics(admin, settings)
    bounds: dict[str, Bounds] = {}
    for name in found:
        async with logs.open(name) as log:
            bounds[name] = await log.bounds()
    sizes = await asyncio.to_thread(_sizes, settings.data_dir / "kafka" / "topics")
    items = []
    for topic in TOPICS:
        name = topic_name(settings, topic)
        count = found[name].partitions if name in found else partitions_of(topic, settings)
        items.append(_row(name, topic, count, bounds.get(name), sizes))
    return TopicsView(at=datetime.now(UTC), items=items)


def _row(
    name: str, topic: Topic, partitions: int, bounds: Bounds | None, sizes: dict[str, int] | None
) -> TopicView:
    return TopicView(
        name=name,
        exists=bounds is not None,
        key=topic.key,
        record=topic.record,
        partitions=partitions,
        cleanup=topic.cleanup,
        retention_seconds=topic.retention.total_seconds() if topic.retention else None,
        records=None if bounds is None else sum(end - start for start, end in bounds.values()),
        bytes=None if sizes is None or bounds is None else sizes.get(name, 0),
        written_by=topic.writers,
        read_by=topic.readers,
        offsets=[
            TopicPartitionView(partition=number, start=start, end=end)
            for number, (start, end) in sorted((bounds or {}).items())
        ],
    )


def _sizes(folder: Path) -> dict[str, int] | None:
    """Bytes by topic below the folder of the embedded broker; None when it is not here.

    Segments come and go meanwhile: what is gone counts nothing.
    """
    try:
        partitions = [path for path in folder.iterdir() if path.is_dir()]
    except OSError:
        return None
    sizes: dict[str, int] = {}
    for partition in partitions:
        topic = partition.name.rpartition("-")[0]
        sizes[topic] = sizes.get(topic, 0) + _size(partition)
    return sizes


def _size(folder: Path) -> int:
    total = 0
    try:
        for path in folder.iterdir():
            if path.suffix == ".log":
                total += path.stat().st_size
    except OSError:
        return total
    return total
