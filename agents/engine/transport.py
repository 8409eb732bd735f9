"""Faust's Kafka transport with exact commits, an idempotent producer and a cheaper inner loop.

Stock Faust acknowledges records that it skips or whose agent failed, and may commit past an
unacknowledged one (faust-streaming 606). Here nothing that Faust acknowledges moves the committed
offset: only `settle`, called by our loop when a record's outputs are safe, does.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

import aiokafka
from aiokafka.errors import ConsumerStoppedError
from faust.transport.consumer import RecordMap
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, Message
from mode import Service

from agents.engine.chunks import chunked
from agents.engine.ending import die
from agents.engine.frontier import Frontier, WentBackError
from connectors.consumer import heed_group_errors

# Faust sleeps a whole second when every partition is paused by a full buffer.
_PAUSED_SLEEP_SECONDS = 0.02
_REBALANCE_SLEEP_SECONDS = 0.01
_REBALANCE_SECONDS = 0.5


class Fetched(dict[Any, Any]):
    """Records by partition, taken after so many seeks to the committed offsets."""

    seeks = 0


class ExactThread(driver.AIOKafkaConsumerThread):
    """Reads committed transactions only: an aborted record of a producer was never sent.

    What is fetched says after which seek it was taken. Both happen in this thread, so here alone
    it is known; elsewhere records from behind a seek could be dropped, and nobody would read them
    again.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.seeks = 0
        self._first: dict[Any, int] = {}
        super().__init__(*args, **kwargs)

    def _create_worker_consumer(self, transport: driver.Transport) -> aiokafka.AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        heed_group_errors(consumer._client)
        consumer._isolation_level = "read_committed"
        consumer._fetch_max_wait_ms = 250  # a lone line must not wait 1.5 s for company
        return consumer

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """All partitions at once, also those that nothing was committed for."""
        return cast(Mapping[TP, int], await self.call_thread(self._seek_all))

    async def _seek_all(self) -> Mapping[TP, int | None]:
        consumer = self._ensure_consumer()
        committed = {tp: await consumer.committed(tp) for tp in consumer.assignment()}
        changelogs = self.app.tables.changelog_topics
        for tp, offset in committed.items():  # from here on nothing is taken in between
            begin = offset or self._first.get(tp)
            if begin is not None and tp in consumer.assignment() and tp.topic not in changelogs:
                consumer.seek(tp, begin)
        self.seeks += 1
        return committed

    async def _fetch_records(self, *args: Any, **kwargs: Any) -> Fetched:
        found = Fetched(await super()._fetch_records(*args, **kwargs))
        found.seeks = self.seeks
        for tp, records in found.items():
            self._first.setdefault(tp, records[0].offset)
        return found


class ExactConsumer(driver.Consumer):
    """Commits the contiguous settled prefix of each partition, and nothing else."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._frontiers: dict[TP, Frontier] = {}
        self._seeks_wanted = self._taken_after = 0
        super().__init__(*args, **kwargs)

    def _new_consumer_thread(self) -> ExactThread:
        return ExactThread(self, loop=self.loop, beacon=self.beacon)

    def settle(self, tp: TP, offset: int) -> None:
        """Everything that the record at `offset` produced is acknowledged."""
        if frontier := self._frontiers.get(tp):
            frontier.settle(offset)

    def committed_offset(self, tp: TP) -> int | None:
        """What was committed for the partition when it was assigned, or since; None: nothing."""
        return self._committed_offset.get(tp)

    def forget_committed(self, tp: TP) -> None:
        """The log begins anew, so offsets below the committed one may be committed again."""
        self._committed_offset[tp] = None

    def settled_offset(self, tp: TP) -> int | None:
        """The offset behind the settled prefix since the assignment; None: nothing yet."""
        return self._new_offset(tp)

    async def rewind(self, offsets: Mapping[TP, int]) -> None:
        """Commit offsets below what was committed before. The worker must end right after it: a
        later commit of its own would move them on again.
        """
        self._frontiers.clear()
        await self._commit(offsets)

    @property
    def in_flight(self) -> int:
        """Records delivered to agents and not yet settled."""
        return sum(frontier.in_flight for frontier in self._frontiers.values())

    async def perform_seek(self) -> None:
        """Called at every assignment: the fetch begins again at the committed offsets."""
        thread = cast(ExactThread, self._thread)
        self._seeks_wanted = thread.seeks + 1
        self._frontiers.clear()
        try:
            await super().perform_seek()
        finally:  # one that failed is never reached, and would be waited for for ever
            self._seeks_wanted = min(self._seeks_wanted, thread.seeks)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Commit what is settled while the partitions are still ours, then forget them."""
        for hand_over in cast(Any, self.app).before_revoke:
            await hand_over()
        await self.commit()
        for tp in revoked:
            self._frontiers.pop(tp, None)
        await super().on_partitions_revoked(revoked)

    def ack(self, message: Message) -> bool:
        """Faust's own acknowledgement: remembered for its shutdown, without effect on commits."""
        message.acked = True
        self._unacked_messages.discard(message)
        return True

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterator[TP]:
        return (
            tp for tp in self._frontiers if topics is None or tp in topics or tp.topic in topics
        )

    def _new_offset(self, tp: TP) -> int | None:
        frontier = self._frontiers.get(tp)
        return frontier.committable() if frontier else None

    async def _wait_next_records(self, timeout: float) -> tuple[RecordMap | None, set[TP] | None]:
        if not self.flow_active:
            await self.wait(cast(Any, self.can_resume_flow))
        active = self._get_active_partitions()
        if not active:
            await self.sleep(_PAUSED_SLEEP_SECONDS)
            return {}, active
        found = await self._getmany(active_partitions=active, timeout=timeout)
        self._taken_after = cast(Fetched, found).seeks
        if self._taken_after < self._seeks_wanted:
            return {}, active  # a frontier that began with what was fetched before would skip
        for tp, records in found.items():
            if self._by_chunk(tp):
                cast(dict[TP, Any], found)[tp] = list(chunked(records))
        return found, active

    def _by_chunk(self, tp: TP) -> bool:
        return tp.topic in cast(Any, self.app).by_chunk

    def _to_message(self, tp: TP, record: Any) -> Any:
        if not self._by_chunk(tp):
            return super()._to_message(tp, record)
        message = super()._to_message(tp, record[-1])
        message.value = record
        return message

    async def _drain_messages(self, fetcher: Any) -> None:
        stopped = (cast(Service, self)._stopped.is_set, fetcher._stopped.is_set)
        try:
            while not any(is_set() for is_set in stopped):
                async for tp, message in cast(Any, self.getmany(timeout=1.0)):
                    await self._deliver(tp, message)
                await asyncio.sleep(0)
        except (ConsumerStoppedError, asyncio.CancelledError):
            if not self.transport.app.should_stop:
                raise

    async def _deliver(self, tp: TP, message: Message) -> None:
        if tp.topic not in self.app.tables.changelog_topics:
            if self._taken_after < self._seeks_wanted or not await self._is_current(message):
                return  # it comes again; and a frontier that began with it would skip what is below
            frontier = self._frontiers.setdefault(tp, Frontier())
            try:
                for offset in _offsets(message):
                    frontier.deliver(offset)
            except WentBackError as error:  # who starts anew compares log and books: epoch.py
                die(f"log_went_back {tp.topic}-{tp.partition}", error)
        self._read_offset[tp] = message.offset + 1
        if self.flow_active:
            await self.callback(message)
        else:
            await self.wait_first(self.callback(message), self.suspend_flow.wait())

    async def _is_current(self, message: Message) -> bool:
        """Whether the record may go to its stream; what may not comes again after a seek.

        Faust seeks, empties the streams' queues and then ends the rebalance: what is fetched in
        between waits for the end. What was fetched before must not, for behind it may lie the
        changelog that the rebalance waits for. As nobody can tell the two apart here, a wait that
        takes too long ends with a seek of our own.
        """
        patience = self.loop.time() + _REBALANCE_SECONDS
        generation = message.generation_id
        while self.app.rebalancing and generation == self.app.consumer_generation_id:
            if self.should_stop:
                return False
            if self.loop.time() > patience:
                await self.perform_seek()
                return False
            await self.sleep(_REBALANCE_SLEEP_SECONDS)
        return bool(generation == self.app.consumer_generation_id)


def _offsets(message: Message) -> Iterable[int]:
    value: Any = message.value
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return (record.offset for record in value)
    return (message.offset,)


class IdempotentProducer(driver.Producer):
    """Faust's producer is idempotent only inside transactions; ours always is."""

    def _settings_extra(self) -> Mapping[str, Any]:
        return {"acks": "all", "enable_idempotence": True}


class ExactTransport(driver.Transport):
    """Names the two classes above; the App hands it out for consuming and producing."""

    Consumer = ExactConsumer
    Producer = IdempotentProducer
