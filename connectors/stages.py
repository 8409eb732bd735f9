"""How far each stage is in the topic that it reads, how fast, and who works on it."""

import asyncio
import time
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from connectors.groups import group_name
from connectors.instance import read_instance
from connectors.kafka import topic_name
from connectors.shared_logs import SharedLogs
from schemas.errors import UserError
from schemas.pipeline import StageState, StagesView, StageView, WorkerView
from schemas.settings import Settings
from schemas.topics import (
    ALERTS,
    LOG_ENTRIES,
    LOGS_RAW,
    METRICS_RAW,
    PATTERNS,
    SIGNALS,
    Topic,
)

BEHIND_SECONDS: Final = 10.0
_WINDOW_SECONDS: Final = 60.0
_PEEK_SECONDS: Final = 1.0


class Stage(NamedTuple):
    """An agent: its name, its app, what it reads, and where its results go."""

    name: str
    app: str
    reads: Topic
    writes: tuple[str, ...]


STAGES: Final = (
    Stage("parse", "ingest", LOGS_RAW, (LOG_ENTRIES.name, PATTERNS.name)),
    Stage("persist", "persist", LOG_ENTRIES, ("Postgres",)),
    Stage("keep", "persist", METRICS_RAW, ("metric history",)),
    Stage("rate", "metrics", LOG_ENTRIES, (SIGNALS.name,)),
    Stage("detect", "metrics", METRICS_RAW, (SIGNALS.name,)),
    Stage("respond", "respond", SIGNALS, (ALERTS.name,)),
    Stage("chronicle", "persist", ALERTS, ("Postgres",)),
)


class Sums(NamedTuple):
    """Of one look: offsets at the ends of all topics read, and done by each stage, added up."""

    at: float
    ends: Mapping[str, int]
    done: Mapping[str, int]


def rate(then: int | None, now: int, seconds: float) -> float | None:
    """Records a second between two looks; None when there is nothing to compare. Pure."""
    if then is None or seconds <= 0 or now < then:
        return None
    return round((now - then) / seconds, 3)


def state_of(members: int, lag: int, seconds: float | None) -> StageState:
    """In one word. Pure."""
    if members == 0:
        return "stopped"
    return "behind" if lag and seconds is not None and seconds > BEHIND_SECONDS else "ok"


class _Look(NamedTuple):
    """What is known of the broker at once: groups by app, log bounds by topic."""

    committed: Mapping[str, Mapping[TopicPartition, int]]
    members: Mapping[str, int]
    bounds: Mapping[str, Mapping[int, tuple[int, int]]]

    def done(self, stage: Stage, topic: str) -> dict[int, int]:
        """By partition the offset below which a stage has done all, or never can."""
        known = self.committed[stage.app]
        return {
            number: max(start, known.get(TopicPartition(topic, number), 0))
            for number, (start, _) in self.bounds[stage.reads.name].items()
        }

    def ends(self, stage: Stage) -> dict[int, int]:
        """The next offset of each partition that a stage reads."""
        return {number: end for number, (_, end) in self.bounds[stage.reads.name].items()}


class StageWatch:
    """Looks when asked; remembers a minute of looks for the rates."""

    def __init__(self, settings: Settings, logs: SharedLogs) -> None:
        self._settings = settings
        self._logs = logs
        self._looks: deque[Sums] = deque()

    async def look(self) -> StagesView:
        """Raises Unavailable."""
        look = await self._look()
        done = {s.name: look.done(s, topic_name(self._settings, s.reads)) for s in STAGES}
        sums = Sums(
            time.monotonic(),
            {s.reads.name: sum(look.ends(s).values()) for s in STAGES},
            {name: sum(found.values()) for name, found in done.items()},
        )
        before = self._before(sums)
        workers = await asyncio.to_thread(_workers, self._settings)
        items = []
        for stage in STAGES:
            ends = look.ends(stage)
            behind = {n: at for n, at in done[stage.name].items() if at < ends[n]}
            age = await self._age(stage, behind) if behind else 0.0
            lag = sum(ends[number] - at for number, at in behind.items())
            own = [worker for worker in workers if worker.name.startswith(f"{stage.app}-")]
            items.append(_view(stage, (before, sums), (lag, age), look.members[stage.app], own))
        return StagesView(at=datetime.now(UTC), items=items)

    async def _look(self) -> _Look:
        committed, members = {}, {}
        async with self._logs.admin() as admin:
            for app in sorted({stage.app for stage in STAGES}):
                group = group_name(self._settings, app)
                offsets = await admin.list_consumer_group_offsets(group)
                committed[app] = {part: found.offset for part, found in offsets.items()}
                members[app] = await _members(admin, group)
        bounds: dict[str, dict[int, tuple[int, int]]] = {}
        for topic in {stage.reads.name: stage.reads for stage in STAGES}.values():
            async with self._logs.open(topic_name(self._settings, topic)) as log:
                bounds[topic.name] = await log.bounds()
        return _Look(committed, members, bounds)

    async def _age(self, stage: Stage, behind: Mapping[int, int]) -> float | None:
        async with self._logs.open(topic_name(self._settings, stage.reads)) as log:
            stamp = await log.oldest(behind, _PEEK_SECONDS)
        return None if stamp is None else round(max(0.0, time.time() - stamp / 1000), 3)

    def _before(self, sums: Sums) -> Sums | None:
        """The look to compare with: the oldest of the last minute."""
        while self._looks and sums.at - self._looks[0].at > _WINDOW_SECONDS:
            self._looks.popleft()
        before = self._looks[0] if self._looks else None
        self._looks.append(sums)
        return before


def _view(
    stage: Stage,
    looks: tuple[Sums | None, Sums],
    lag: tuple[int, float | None],
    members: int,
    workers: list[WorkerView],
) -> StageView:
    before, now = looks
    records, seconds = lag
    past = before or Sums(now.at, {}, {})
    topic = stage.reads.name
    return StageView(
        stage=stage.name,
        app=stage.app,
        topic=topic,
        writes=list(stage.writes),
        rate_in=rate(past.ends.get(topic), now.ends[topic], now.at - past.at),
        rate_out=rate(past.done.get(stage.name), now.done[stage.name], now.at - past.at),
        lag_records=records,
        lag_seconds=seconds,
        in_flight=records,
        members=members,
        workers=workers,
        state=state_of(members, records, seconds),
    )


async def _members(admin: AIOKafkaAdminClient, group: str) -> int:
    """How many consumers the group has; those of a group that is not there are none."""
    found = 0
    for answer in await admin.describe_consumer_groups([group]):
        for described in answer.groups:
            found += len(described[5])
    return found


def _workers(settings: Settings) -> list[WorkerView]:
    """Those that a supervisor has noted down here; none where there is no such file."""
    try:
        instance = read_instance(settings.data_dir)
    except UserError:
        return []  # somebody else's instance: its workers are counted as members all the same
    return [
        WorkerView(name=p.name, ready=p.ready, reason=p.reason, restarts=p.restarts)
        for p in (instance.parts if instance else [])
    ]
