"""The redis_streams source: bridges Redis streams to logs.raw, as one consumer of a group.

Read, plan, produce, and only when the broker has acknowledged: acknowledge. What a dead consumer
left is taken over, under the plans it made. Without Redis this source waits; the others go on.
"""

import asyncio
import functools
import os
import secrets
import socket
import time
from collections.abc import Collection, Sequence
from typing import Final

import structlog
from prometheus_client import Counter, Gauge
from redis.asyncio import Redis

from connectors.cancelling import heed_cancellation
from connectors.publish import Publisher, batch_headers
from connectors.redis import REDIS, open_redis
from connectors.redis_address import is_wanted
from connectors.sources.edge import Edge
from connectors.sources.registry import source
from connectors.sources.stream_entries import (
    Plan,
    Shaped,
    StreamEntry,
    Unit,
    plan,
    range_of,
    records,
    shape,
    units,
)
from connectors.sources.stream_group import StreamGroup
from connectors.sources.stream_letters import dead_letter
from schemas.errors import Unavailable, UserError
from schemas.settings import Settings

MOST_DELIVERIES: Final = 5
_GATHER_SECONDS: Final = 0.1  # a trickle of entries shares records
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 15.0
_HEALTHY_SECONDS: Final = 60.0

_ENTRIES = Counter(
    "foreshock_stream_entries_total",
    "Entries of Redis streams. taken_over: from a dead consumer; gone: deleted in the stream"
    " before they were acknowledged; trimmed: deleted by us, acknowledged by all groups.",
    ["stream", "outcome"],
)
_LAG = Gauge("foreshock_stream_lag", "Entries that no consumer got yet.", ["stream"])

_log = structlog.get_logger()


@functools.cache
def consumer_name() -> str:
    """This process in the consumer group, and no other one, also after a restart."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"


@source(
    "redis_streams",
    wanted=lambda settings: is_wanted(settings) and bool(settings.redis_streams),
)
async def poll(edge: Edge, settings: Settings) -> None:
    """Bridge what REDIS_STREAMS names. Raises Unavailable when the broker does not answer."""
    tasks = [
        asyncio.create_task(_keep(edge.publisher, settings, stream))
        for stream in dict.fromkeys(settings.redis_streams)
    ]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _keep(publisher: Publisher, settings: Settings, stream: str) -> None:
    """Bridges one stream for ever; a fault of Redis is said once and waited for."""
    pause, said = _FIRST_PAUSE, ""
    while True:
        started = time.monotonic()
        try:
            async with open_redis(settings) as client:
                await Bridge(publisher, client, settings, stream).run()
        except (Unavailable, UserError) as error:
            if isinstance(error, Unavailable) and error.what != REDIS:
                raise
            if time.monotonic() - started > _HEALTHY_SECONDS:
                pause, said = _FIRST_PAUSE, ""
            if said != (said := str(error)):
                remedy = error.remedy if isinstance(error, UserError) else ""
                _log.warning("stream_waits", stream=stream, reason=said, do=remedy)
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


class Bridge:
    """One stream. Methods raise Unavailable when the broker does not answer, or what Redis says."""

    def __init__(
        self, publisher: Publisher, client: Redis, settings: Settings, stream: str
    ) -> None:
        group = settings.topic_prefix + settings.consumer_group
        self._group = StreamGroup(client, stream, group, consumer_name())
        self._publisher = publisher
        self._settings = settings
        self._stream = stream

    async def run(self) -> None:
        """Reads until cancelled; what others or we ourselves left comes first."""
        await self._group.join(secrets.token_hex(6))
        looked = float("-inf")
        while True:
            heed_cancellation()
            if time.monotonic() - looked >= self._settings.consumer_claim_seconds:
                await self._look_after()
                looked = time.monotonic()
            if entries := await self._gather():
                await self._carry(entries)

    async def _gather(self) -> list[StreamEntry]:
        """A batch of new entries; a small one waits a little for company."""
        most = self._settings.consumer_batch_size
        entries = await self._group.read(most, self._settings.consumer_block_ms)
        if entries and len(entries) < most:
            await asyncio.sleep(_GATHER_SECONDS)
            entries += await self._group.read(most - len(entries), None)
        return entries

    async def _carry(self, entries: Sequence[StreamEntry]) -> None:
        shaped = self._shaped(entries)
        plans = plan(shaped)
        if not await self._group.plan(plans):
            # We were silent for so long that somebody took them: theirs now.
            _log.warning("stream_entries_taken", stream=self._stream, entries=len(entries))
            return
        await self._deliver(plans, shaped)
        await self._settle(plans, "bridged", len(entries))

    async def _deliver(self, plans: Sequence[Plan], shaped: Sequence[Shaped]) -> None:
        """Returns when the broker has acknowledged every record."""
        by_id = {entry.id: entry for entry in shaped}
        sent: list[asyncio.Task[None]] = []
        try:
            for known in plans:
                entries = [by_id[id_] for id_ in known.ids if id_ in by_id]
                for part, batch in enumerate(records(entries)):
                    name = range_of(self._group.incarnation, self._stream, known, part)
                    sent.append(await self._publisher.send(batch, batch_headers(batch, name)))
        finally:
            found = await asyncio.gather(*sent, return_exceptions=True)
        for fault in filter(None, found):
            raise fault

    async def _settle(self, plans: Sequence[Plan], outcome: str, entries: int) -> None:
        await self._group.settle(plans)
        _ENTRIES.labels(self._stream, outcome).inc(entries)

    async def _look_after(self) -> None:
        """Takes over what the dead left, finishes what was begun, tidies up."""
        group, settings = self._group, self._settings
        idle_ms = int(settings.consumer_claim_idle_seconds * 1000)
        taken, deleted = await group.take_over(idle_ms)
        _ENTRIES.labels(self._stream, "taken_over").inc(taken)
        self._miss(deleted)
        await self._finish()
        await group.forget_empty_plans()
        await group.remove_gone(idle_ms)
        if settings.redis_stream_trim:
            _ENTRIES.labels(self._stream, "trimmed").inc(await group.trim())
        _LAG.labels(self._stream).set(await group.lag())

    async def _finish(self) -> None:
        """Everything that is pending with us, whoever began it."""
        while pending := await self._group.pending():
            for unit in units(pending, await self._group.plans()):
                heed_cancellation()
                await self._attempt(unit, pending)

    async def _attempt(self, unit: Unit, pending: Collection[bytes]) -> None:
        shaped = self._shaped(await self._group.claim(unit.ids))
        if missing := {*unit.ids}.intersection(pending) - {entry.id for entry in shaped}:
            self._miss(await self._group.deleted(missing))
        plans = [Plan(unit.ids)] if unit.planned else plan(shaped)
        if not unit.planned and plans and not await self._group.plan(plans):
            return
        if unit.deliveries >= MOST_DELIVERIES:
            await self._bury(plans, shaped, unit.deliveries)
            return
        try:
            await self._deliver(plans, shaped)
        except Unavailable:
            await self._group.forgive(unit.ids, unit.deliveries)
            raise
        await self._settle(plans, "bridged", len(shaped))

    async def _bury(self, plans: Sequence[Plan], shaped: Sequence[Shaped], tries: int) -> None:
        by_id = {entry.id: entry for entry in shaped}
        for known in plans:
            entries = [by_id[id_] for id_ in known.ids if id_ in by_id]
            for part, batch in enumerate(records(entries)):
                name = range_of(self._group.incarnation, self._stream, known, part)
                value, about = dead_letter(self._stream, name, batch, tries)
                await (await self._publisher.send_dead(f"redis/{self._stream}", value, about))
        _log.error("stream_entries_dead", stream=self._stream, deliveries=tries)
        await self._settle(plans, "dead_lettered", len(shaped))

    def _shaped(self, entries: Sequence[StreamEntry]) -> list[Shaped]:
        return [shape(entry, self._stream) for entry in entries]

    def _miss(self, deleted: int) -> None:
        """Somebody trims the stream below what was acknowledged: people must know."""
        if deleted:
            _ENTRIES.labels(self._stream, "gone").inc(deleted)
            _log.warning(
                "stream_entries_gone",
                stream=self._stream,
                entries=deleted,
                do="let producers keep more (XADD MAXLEN), or set REDIS_STREAM_TRIM alone",
            )
