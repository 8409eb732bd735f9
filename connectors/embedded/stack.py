"""The whole stack as data: which servers, which of our processes, in which order, and why.

Servers first, all at once; then the shapes that live in them (tables, topics); then the agents,
which need them; then the API and the pollers, so that somebody reads what they publish; then the
workspace, a client of the API.
"""

import asyncio
import functools
import importlib.metadata
import logging
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from connectors.embedded.directory import Directory, held, open_directory
from connectors.embedded.health import health, readiness, workspace
from connectors.embedded.influxdb import InfluxServer, find_influxd, has_data, influx_server
from connectors.embedded.kafka import kafka_server
from connectors.embedded.logs import View
from connectors.embedded.part import Part, Stage
from connectors.embedded.ports import remembered_port
from connectors.embedded.postgres import PostgresServer, postgres_server
from connectors.embedded.supervisor import Supervisor
from connectors.embedded.valkey import valkey_server
from connectors.instance import base_url, with_addresses
from connectors.reaching import reach_influxdb, reach_named
from connectors.redis_address import is_named, is_wanted, url_of
from connectors.topics import ensure_topics
from schemas.settings import Settings, as_environment, child_environment, user_cache

# An agent finishes or returns what is in flight within 20 s.
_STOP_SECONDS = 25.0


@dataclass(frozen=True)
class Stack:
    """What to start, the settings with which everybody reaches it, the base URLs of its API and
    its workspace.
    """

    stages: tuple[Stage, ...]
    settings: Settings
    api: str = ""
    ui: str = ""


def servers(settings: Settings, directory: Directory) -> Stack:
    """The servers alone: each one whose address is not set. Raises UserError; may download."""
    below = stores(settings, directory)
    if settings.kafka_bootstrap_servers:
        return below
    broker = kafka_server(directory, _cache(settings, directory))
    reached = with_addresses(below.settings, kafka=broker.address, postgres="")
    return Stack((Stage((broker.part, *below.stages[0].parts)),), reached)


def stores(
    settings: Settings,
    directory: Directory,
    then: Callable[[Settings], Awaitable[None]] | None = None,
) -> Stack:
    """The servers that keep: each one whose address is not set; `then` runs on them."""
    parts: list[Part] = []
    database: PostgresServer | None = None
    postgres = valkey = ""
    if not settings.database_url.get_secret_value():
        database = postgres_server(directory, fsync=settings.fsync)
        parts, postgres = [*parts, database.part], database.address
    if settings.redis_enabled and not is_named(settings):
        redis = valkey_server(directory, fsync=settings.fsync)
        parts, valkey = [*parts, redis.part], redis.address
    influxdb = token = ""
    if history := _influxdb(settings, directory, database):
        parts, influxdb, token = [*parts, history.part], history.address, history.token
    reached = with_addresses(
        settings,
        kafka="",
        postgres=postgres,
        redis=valkey,
        influxdb=influxdb,
        influxdb_token=token,
    )
    reached = reached.model_copy(update={"data_dir": directory.root})
    return Stack(
        (Stage(tuple(parts), functools.partial(then, reached) if then else None),), reached
    )


def whole(settings: Settings, directory: Directory) -> Stack:
    """Servers, tables and topics, agents, API and pollers, workspace.

    Raises UserError; may download.
    """
    below = servers(settings, directory)
    prepared = Stage(below.stages[0].parts, then=functools.partial(_prepare, below.settings))
    port = settings.api_port or remembered_port(directory.ports, "api")
    ui_port = settings.ui_port or remembered_port(directory.ports, "ui")
    reached = below.settings.model_copy(update={"api_port": port, "ui_port": ui_port})
    own = functools.partial(_own, reached, directory)
    agents = [own(f"ingest-{n}", "agents", "ingest") for n in _numbers(settings.ingest_workers)]
    agents += [own(f"persist-{n}", "agents", "persist") for n in _numbers(settings.persist_workers)]
    agents += [own(f"metrics-{n}", "agents", "metrics") for n in _numbers(settings.metrics_workers)]
    agents.append(own("respond-1", "agents", "respond"))
    pollers = [own("pollers", "connectors")] if _polled(below.settings) else []
    workspaces = (Stage((_ui(reached),)),) if settings.ui_enabled else ()
    stages = (prepared, Stage(tuple(agents)), Stage((_api(reached), *pollers)), *workspaces)
    ui = base_url(reached.ui_host, ui_port) if settings.ui_enabled else ""
    return Stack(stages, reached, base_url(reached.api_host, port), ui)


def _polled(settings: Settings) -> bool:
    """Whether a source is wanted; the sources themselves would take a second to load."""
    chosen = settings.file_sources or settings.journald or settings.host_metrics
    return bool(chosen or settings.demo_fleet or is_wanted(settings))


def run(
    settings: Settings,
    ready: Callable[[Settings], None],
    view: View,
    compose: Callable[[Settings, Directory], Stack] = whole,
) -> None:
    """Starts a stack in its data directory and keeps it until a signal; then all is stopped.

    `ready` is called with the addresses once everything is. Raises UserError when the directory
    is in use, a server elsewhere does not let us in, or something does not get ready.
    """
    # A broker that starts refuses connections: expected, and the reason stands in the status.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    reach_named(settings)
    if settings.influxdb_enabled and settings.influxdb_url:
        reach_influxdb(settings)
    directory = open_directory(settings.data_dir)
    with held(directory):
        stack = compose(settings, directory)
        supervisor = Supervisor(
            directory,
            stack.stages,
            kafka=stack.settings.kafka_bootstrap_servers,
            postgres=stack.settings.database_url.get_secret_value(),
            influxdb=stack.settings.influxdb_url,
            influxdb_token=stack.settings.influxdb_token.get_secret_value(),
            redis=url_of(stack.settings),
            api=stack.api,
            ui=stack.ui,
            view=view,
        )
        asyncio.run(supervisor.run(lambda: ready(stack.settings)))


def _influxdb(
    settings: Settings, directory: Directory, database: PostgresServer | None
) -> InfluxServer | None:
    """None when it is set, or not wanted, or when there is no influxd.

    One that nobody named does not take over where the metrics are kept elsewhere already.
    """
    if settings.influxdb_url or not settings.influxdb_enabled:
        return None
    found = find_influxd(settings)
    if found is None:
        return None
    ours = settings.influxd_binary or has_data(directory) or _keeps_nothing(settings, database)
    return influx_server(directory, settings, *found) if ours else None


def _keeps_nothing(settings: Settings, database: PostgresServer | None) -> bool:
    """Whether this is the first start, which decides where the metrics are kept."""
    if database:
        return database.new
    # Loaded here: only who has an outside database needs it.
    from connectors.stores.history.recorded import recorded

    return recorded(settings) is None


def _cache(settings: Settings, directory: Directory) -> Path:
    """Where downloads are kept: once a user, or below the data when there is no home."""
    cache = settings.cache_dir or user_cache()
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError:
        return directory.root / "cache"
    return cache


def _numbers(count: int) -> range:
    return range(1, count + 1)


def _own(settings: Settings, directory: Directory, name: str, *module: str) -> Part:
    """One of our own processes: a Python module with a health page."""
    port = remembered_port(directory.ports, f"{name} health")
    return Part(
        name=name,
        version=importlib.metadata.version("foreshock"),
        command=(sys.executable, "-m", *module),
        environment=child_environment(**as_environment(settings), HEALTH_PORT=str(port)),
        port=port,
        probe=functools.partial(health, port),
        stop_seconds=_STOP_SECONDS,
    )


def _api(settings: Settings) -> Part:
    """The API, ready when Postgres answers; without the broker it says 503 by itself."""
    return Part(
        name="api",
        version=importlib.metadata.version("foreshock"),
        command=(sys.executable, "-m", "api"),
        environment=child_environment(**as_environment(settings)),
        port=settings.api_port,
        probe=functools.partial(readiness, base_url(settings.api_host, settings.api_port)),
        stop_seconds=_STOP_SECONDS,
    )


def _ui(settings: Settings) -> Part:
    """The workspace, after the API, which has made the secret by which it knows it."""
    return Part(
        name="ui",
        version=importlib.metadata.version("foreshock"),
        command=(sys.executable, "-m", "ui"),
        environment=child_environment(**as_environment(settings)),
        port=settings.ui_port,
        probe=functools.partial(workspace, base_url(settings.ui_host, settings.ui_port)),
        stop_seconds=_STOP_SECONDS,
    )


async def _prepare(settings: Settings) -> None:
    await asyncio.to_thread(_migrate, settings)
    await _first_admin(settings)
    await asyncio.to_thread(ensure_topics, settings)
    if is_wanted(settings):
        # Loaded here: the client takes longer to load than Valkey to start.
        from connectors.redis import ask_once

        await ask_once(settings)
    # Loaded here, like the migrations.
    from connectors.stores.history.choice import settle

    await settle(settings)


async def _first_admin(settings: Settings) -> None:
    # Loaded here, like the migrations. Made before the API starts, so that `up` can name it.
    from connectors.first_admin import first_admin_at_start

    await first_admin_at_start(settings)


def _migrate(settings: Settings) -> None:
    # Loaded here: only a process that starts a stack needs the migrations.
    from connectors.stores.migrate import migrate

    migrate(settings.database_url.get_secret_value())
