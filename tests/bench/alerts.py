"""Signals to alerts: how many a second one respond worker decides, and persist stores."""

import asyncio
import time

import psutil
import psycopg
from aiokafka import AIOKafkaProducer

from agents.correlation.correlate import correlate
from agents.correlation.state import decode, encode
from connectors.kafka import producer_options, topic_name
from schemas.settings import Settings
from schemas.signals import Signal
from schemas.topics import SIGNALS
from tests.agents.correlation.signals import NOON, signal
from tests.bench.end_to_end import fresh
from tests.bench.measuring import Watch, report
from tests.workers import Workers

_HOSTS = 1_000
_ROUNDS = 20


def signals() -> list[Signal]:
    """Of each host a metric that is strange and well again, an alert each time."""
    return [
        signal(
            60.0 * (round_ // 2),
            scope=f"metric:host-{host}/load_1m",
            host=f"host-{host}",
            version=1 + round_ % 2,
            active=not round_ % 2,
            seen=60.0 * (round_ // 2) + 5 * (round_ % 2),
        )
        for round_ in range(_ROUNDS)
        for host in range(_HOSTS)
    ]


def decisions_per_second(found: list[Signal]) -> int:
    """The pure rules alone, states encoded between any two signals, of processor time."""
    states: dict[str, bytes] = {}
    start = time.process_time()
    for one in found:
        group = decode(states.get(one.host))
        correlate(group, one, NOON)
        states[one.host] = encode(group)
    return round(len(found) / (time.process_time() - start))


async def publish(settings: Settings, found: list[Signal]) -> None:
    """All acknowledged."""
    producer = AIOKafkaProducer(**producer_options(settings))
    await producer.start()
    name = topic_name(settings, SIGNALS)
    sent = [await producer.send(name, s.model_dump_json().encode()) for s in found]
    await asyncio.gather(*sent)
    await producer.stop()


def stored(settings: Settings) -> int:
    """Versions of alerts in Postgres."""
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        row = connection.execute("select count(*) from alert_events").fetchone()
        return int(row[0]) if row else 0


def run(settings: Settings) -> None:
    """A backlog of signals, each of which changes an alert, through respond and persist."""
    own, found = fresh(settings, "alerts"), signals()
    asyncio.run(publish(own, found))
    with Workers(own, ("respond", "persist")) as workers:
        watch = Watch({n: psutil.Process(p.pid) for n, p in workers.running.items()})
        while not (first := stored(own)):
            time.sleep(0.02)
        started = time.monotonic()
        while (last := stored(own)) < len(found):
            time.sleep(0.1)
        seconds = time.monotonic() - started
        report(
            "alerts",
            signals=len(found),
            alert_versions_per_second=round((last - first) / seconds),
            decisions_alone_per_second=decisions_per_second(found),
            cpu_seconds={n: round(s, 1) for n, s in watch.cpu_seconds().items()},
        )
