"""The respond stage: signals in, alerts out; what it remembers is checkpointed.

One active worker: the topics have one partition. An alert is published before the state that knows
of it is written, and the signal is settled after both; so a worker that dies publishes some
versions again, each exactly as before.
"""

from datetime import UTC, datetime

import structlog
from faust.types import EventT

from agents.app import ForeshockApp
from agents.correlation.correlate import correlate, next_due, pass_time
from agents.correlation.deadlines import Deadlines
from agents.correlation.intake import decode_signal
from agents.correlation.state import Group, decode, digest, encode, group_of
from agents.engine import loop
from agents.engine.checkpoint import Checkpoint
from agents.engine.deadletters import dead_record
from agents.engine.metrics import ALERT_VERSIONS, SIGNALS_READ
from agents.engine.window import Send, Window
from connectors.kafka import topic_name
from schemas.alerts import Alert
from schemas.errors import InvalidEvent
from schemas.settings import Settings
from schemas.signals import Signal
from schemas.topics import ALERTS, DLQ, SIGNALS

TABLE = "correlation"

_log = structlog.get_logger()


class Respond:
    """The edge around `correlate`. A group is a shard; a record may change several, since its
    arrival is also what time it is for all the others.
    """

    def __init__(self, app: ForeshockApp, settings: Settings) -> None:
        self._app = app
        self._window = Window(app)
        self._deadlines = Deadlines()
        self._topic = topic_name(settings, SIGNALS)
        self._checkpoint = Checkpoint(app, TABLE, 1, self._topic, self._window, self._restored)
        self._alerts_topic = topic_name(settings, ALERTS)
        self._dlq_topic = topic_name(settings, DLQ)

    def register(self) -> None:
        """Adds the agent to the app."""
        topic = self._app.topic(self._topic, value_serializer="raw")

        async def respond(stream: object) -> None:
            await loop.run(stream, self._handle)

        self._app.agent(topic, name="respond", concurrency=1)(respond)

    def _restored(self) -> None:
        shards = self._checkpoint.shards
        due = {key: next_due(decode(shards.state(key))) for key in shards}
        self._deadlines.restore(due)
        _log.info("correlation_restored", groups=len(due))

    async def _handle(self, event: EventT[bytes]) -> None:
        message = event.message
        done = (message.tp, message.offset)
        SIGNALS_READ.inc()
        try:
            signal = decode_signal(message.value or b"")
        except InvalidEvent as error:
            _log.warning("signal_unreadable", offset=message.offset, reason=error.reason)
            letter = dead_record(self._dlq_topic, done, message.value or b"", "respond", error)
            await self._window.send([letter], [done])
            return
        arrival = datetime.fromtimestamp(message.timestamp or 0.0, UTC)
        alerts, states = self._decide(signal, arrival, message.offset)
        if alerts:
            await self._window.send([self._record(alert) for alert in alerts], [])
            ALERT_VERSIONS.inc(len(alerts))
        for key, state in states.items():
            self._checkpoint.shards.put(key, state, message.partition, message.offset)
        self._checkpoint.settle_later([done])

    def _decide(
        self, signal: Signal, arrival: datetime, offset: int
    ) -> tuple[list[Alert], dict[bytes, bytes]]:
        """The alerts that changed, and the new states of the shards that changed with them."""
        shards = self._checkpoint.shards
        alerts: list[Alert] = []
        states: dict[bytes, bytes] = {}
        own = b"0/" + digest(group_of(signal)).encode()
        for key in dict.fromkeys([*self._deadlines.due(arrival), own]):
            before = shards.state(key)
            group = decode(before)
            if not shards.holds(key, 0, offset):
                if key == own:
                    alerts += correlate(group, signal, arrival)
                else:
                    alerts += pass_time(group, arrival)
                after = encode(group)
                if after != (before or encode(Group())):
                    states[key] = after
            self._deadlines.put(key, next_due(group))
        return alerts, states

    def _record(self, alert: Alert) -> Send:
        value = alert.model_dump_json().encode()
        return Send(self._alerts_topic, alert.fingerprint.encode(), value, [])
