"""The respond stage: signals and people's commands in, alerts and results out; what it remembers is
checkpointed.

One active worker: the topics have one partition. An alert is published before the state that knows
of it is written, and what made it is settled after both; so a worker that dies publishes some
versions again, each exactly as before.
"""

from collections import deque
from datetime import UTC, datetime
from typing import Any

import structlog
from faust.types import TP, EventT

from agents.app import ForeshockApp
from agents.correlation.groups import ORDER, Groups, Taken
from agents.correlation.intake import decode_command, decode_signal
from agents.correlation.turns import Place, Turns
from agents.engine import loop
from agents.engine.checkpoint import Checkpoint
from agents.engine.deadletters import dead_record
from agents.engine.metrics import ALERT_VERSIONS, COMMANDS_READ, SIGNALS_READ
from agents.engine.window import Send, Window
from connectors.kafka import topic_name
from schemas.errors import InvalidEvent
from schemas.settings import Settings
from schemas.topics import ALERTS, COMMANDS, DLQ, RESULTS, SIGNALS

TABLE = "correlation"

_log = structlog.get_logger()


class Respond:
    """The edge around `Groups`. Signals and commands are two agents; each record is taken whole,
    from its decision until its states are put, before another one is. One that waits for its turn
    waits here: Faust would deliver nothing more of either topic once a stream's buffer is full.
    """

    def __init__(self, app: ForeshockApp, settings: Settings) -> None:
        self._app = app
        self._window = Window(app)
        self._signals = TP(topic_name(settings, SIGNALS), 0)
        self._commands = TP(topic_name(settings, COMMANDS), 0)
        self._checkpoint = Checkpoint(
            app,
            TABLE,
            1,
            self._signals.topic,
            self._window,
            self._restored,
            beside=[self._commands.topic],
        )
        self._groups = Groups(self._checkpoint.shards)
        self._turns: Turns | None = None
        self._waiting = {tp: deque[EventT[bytes]]() for tp in (self._signals, self._commands)}
        self._alerts_topic = topic_name(settings, ALERTS)
        self._results_topic = topic_name(settings, RESULTS)
        self._dlq_topic = topic_name(settings, DLQ)

    def register(self) -> None:
        """Adds the agents to the app."""

        async def respond(stream: object) -> None:
            await loop.run(stream, self._take)

        async def obey(stream: object) -> None:
            await loop.run(stream, self._take)

        for agent, tp in ((respond, self._signals), (obey, self._commands)):
            topic = self._app.topic(tp.topic, value_serializer="raw")
            self._app.agent(topic, name=agent.__name__, concurrency=1)(agent)

    def _restored(self) -> None:
        self._turns = None
        for waiting in self._waiting.values():  # they come again
            waiting.clear()
        _log.info("correlation_restored", groups=self._groups.restore())

    async def _take(self, event: EventT[bytes]) -> None:
        """The record, and all whose turn it is then."""
        self._waiting[event.message.tp].append(event)
        async with self._checkpoint.lock:
            while (turn := self._next()) is not None:
                await (self._handle if turn.message.tp == self._signals else self._obey)(turn)

    def _next(self) -> EventT[bytes] | None:
        """A record whose turn it is; None while those that are here wait for others."""
        for tp, waiting in self._waiting.items():
            while waiting and not self._is_ours(waiting[0]):
                waiting.popleft()
            if waiting:
                offset = waiting[0].message.offset
                order = self._order
                waits = order.signal_waits if tp == self._signals else order.command_waits
                if not waits(offset):
                    return waiting.popleft()
        return None

    def _is_ours(self, event: EventT[bytes]) -> bool:
        """After a rebalance the record comes again."""
        generation = event.message.generation_id or 0
        return generation == self._app.consumer_generation_id and not self._app.should_stop

    async def _handle(self, event: EventT[bytes]) -> None:
        message = event.message
        try:
            signal = decode_signal(message.value or b"")
        except InvalidEvent as error:
            await self._bury(event, error)
        else:
            arrival = datetime.fromtimestamp(message.timestamp or 0.0, UTC)
            place = self._checkpoint.place(message.tp)
            if signal is None:
                taken = self._groups.take_clock(arrival, place, message.offset)
            else:
                SIGNALS_READ.inc()
                taken = self._groups.take_signal(signal, arrival, place, message.offset)
            await self._carry_out(message, taken)
        self._order.signal_done(message.offset)

    async def _obey(self, event: EventT[bytes]) -> None:
        message = event.message
        COMMANDS_READ.inc()
        try:
            command = decode_command(message.value or b"")
        except InvalidEvent as error:
            await self._bury(event, error)
        else:
            settled = self._app.exact_consumer.settled_offset(message.tp) or 0
            if written := self._order.write(message.offset, settled):
                await self._checkpoint.write_ahead(ORDER, written)
            arrival = datetime.fromtimestamp(message.timestamp or 0.0, UTC)
            place = self._checkpoint.place(message.tp)
            taken = self._groups.take_command(command, arrival, place, message.offset)
            await self._carry_out(message, taken)
        self._order.command_done(message.offset)

    @property
    def _order(self) -> Turns:
        """Made when the first record comes: only then it is known what was committed."""
        if self._turns is None:
            written = self._checkpoint.shards.state(ORDER)
            self._turns = Turns(written, self._place(self._signals), self._place(self._commands))
        return self._turns

    def _place(self, tp: TP) -> Place:
        begin = self._app.exact_consumer.committed_offset(tp) or 0
        start = self._checkpoint.starts.get(tp, 0)
        return Place(max(begin, start), self._checkpoint.ends.get(tp, 0))

    async def _bury(self, event: EventT[bytes], error: InvalidEvent) -> None:
        message = event.message
        done = (message.tp, message.offset)
        _log.warning(
            "record_unreadable", topic=message.topic, offset=message.offset, reason=error.reason
        )
        letter = dead_record(self._dlq_topic, done, message.value or b"", "respond", error)
        await self._window.send([letter], [done])

    async def _carry_out(self, message: Any, taken: Taken) -> None:
        """Outputs on their way, states put; both done, a checkpoint settles the record."""
        sends = [
            Send(self._alerts_topic, alert.fingerprint.encode(), _json(alert), [])
            for alert in taken.alerts
        ]
        if taken.result:
            key = taken.result.id.encode()
            sends.append(Send(self._results_topic, key, _json(taken.result), []))
        if sends:
            await self._window.send(sends, [])
            ALERT_VERSIONS.inc(len(taken.alerts))
        for shard, state in taken.states.items():
            place = self._checkpoint.place(message.tp)
            self._checkpoint.shards.put(shard, state, place, message.offset)
        self._checkpoint.settle_later([(message.tp, message.offset)])


def _json(record: Any) -> bytes:
    return bytes(record.model_dump_json(), "utf-8")
