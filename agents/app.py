"""The one factory of the Faust apps; each app is a consumer group and a failure domain."""

from collections.abc import Awaitable, Callable
from typing import Any, cast

import faust
from faust.types import TransportT
from faust.types.auth import CredentialsT
from yarl import URL

from agents.engine.transport import ExactConsumer, ExactTransport
from connectors.groups import group_name
from connectors.kafka import servers, ssl_context
from connectors.stores.postgres import Pool, new_pool
from schemas.settings import Settings
from schemas.topics import LOG_ENTRIES


class ForeshockApp(faust.App):
    """A Faust app on our transport, with a pool of connections for as long as it runs.

    An event of a topic in `by_chunk` holds several records, see `loop.run_chunks`. What stands in
    `before_revoke` is awaited while partitions that go are still ours. Each of `hindrances` says in
    a word why the app does not get on, "" when it does; asked by other threads.
    """

    pool: Pool
    by_chunk: set[str]
    before_revoke: list[Callable[[], Awaitable[None]]]
    hindrances: list[Callable[[], str]]

    async def on_start(self) -> None:
        await self.pool.open()
        await super().on_start()

    async def on_stop(self) -> None:
        await super().on_stop()
        await self.pool.close()

    def _new_transport(self) -> TransportT:
        return ExactTransport(self.conf.broker_consumer, self)

    def _new_producer_transport(self) -> TransportT:
        return ExactTransport(self.conf.broker_producer, self)

    @property
    def exact_consumer(self) -> ExactConsumer:
        """The consumer, with its own vocabulary of settled and committed offsets."""
        return cast(ExactConsumer, self.consumer)


def group(settings: Settings, name: str) -> str:
    """The consumer group of an app."""
    return group_name(settings, name)


def create_app(settings: Settings, name: str) -> ForeshockApp:
    """An app without agents. Values stay raw bytes: decoding happens in the agent, so that what
    cannot be decoded is dead-lettered instead of lost.
    """
    datadir = settings.data_dir / "agents" / name
    datadir.mkdir(parents=True, exist_ok=True)
    app = ForeshockApp(
        group(settings, name),
        broker=[URL(f"kafka://{server}") for server in servers(settings)],
        broker_credentials=_credentials(settings),
        broker_client_id=settings.service_name,
        broker_commit_interval=1.0,
        broker_session_timeout=settings.kafka_session_timeout_seconds,
        broker_heartbeat_interval=min(2.0, settings.kafka_session_timeout_seconds / 5),
        broker_request_timeout=max(40.0, settings.kafka_session_timeout_seconds + 10),
        consumer_max_fetch_size=1024 * 1024,  # a partition; compressed, so some MiB
        consumer_auto_offset_reset="earliest",
        consumer_metadata_max_age_ms=30_000,  # a topic that was made anew is soon found
        producer_compression_type="lz4",
        producer_linger=0.005,
        producer_max_batch_size=262_144,
        producer_max_request_size=LOG_ENTRIES.max_record_mib * 1024 * 1024,
        stream_buffer_maxsize=_buffered(name),
        stream_wait_empty=False,  # what is not settled at the end is delivered again
        key_serializer="raw",
        value_serializer="raw",
        store="memory://",
        table_standby_replicas=0,
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        worker_redirect_stdouts=False,
        datadir=str(datadir),
    )
    app.pool = new_pool(settings)
    app.by_chunk = set()
    app.before_revoke = []
    app.hindrances = []
    return app


def _buffered(name: str) -> int:
    """Chunks of 256 KiB that wait for an agent. Raw lines come by tens of MiB a second; what
    persist reads is a tenth of that, and would only fill memory while the database is slow.
    """
    return 32 if name == "persist" else 128


def _credentials(settings: Settings) -> CredentialsT | None:
    protocol = settings.kafka_security_protocol
    if protocol.startswith("SASL"):
        options: dict[str, Any] = {
            "mechanism": settings.kafka_sasl_mechanism,
            "username": settings.kafka_sasl_username,
            "password": settings.kafka_sasl_password.get_secret_value(),
        }
        if protocol == "SASL_SSL":
            options["ssl_context"] = ssl_context(settings)
        return cast(CredentialsT, faust.SASLCredentials(**options))
    if protocol == "SSL":
        return cast(CredentialsT, faust.SSLCredentials(context=ssl_context(settings)))
    return None
