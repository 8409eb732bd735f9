"""Signals are in Postgres as published, whatever dies on the way; old and made-up ones go."""

import asyncio
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import psycopg

from agents.correlation.intake import decode_signal
from connectors.removal import remove_demo
from connectors.stores import signals as store
from connectors.stores.postgres import new_pool, transaction
from schemas.settings import Settings
from schemas.signals import Signal
from schemas.topics import DLQ, SIGNALS
from tests.agents.correlation.signals import signal
from tests.flows.alerting import send, values_of
from tests.stack import RunningStack
from tests.workers import Workers, installation

_PATIENCE_SECONDS = 100.0


def kept(settings: Settings) -> dict[str, Signal]:
    """The newest version of each signal in the table, by id."""
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        return {one.id: one for one in store.all_newest(connection)}


def peaks(settings: Settings) -> dict[str, tuple[int, float]]:
    """Version and value of the moment that was farthest, by id."""
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        rows = connection.execute(
            "select id, peak_version, peak_value from signals where peak_version is not null"
        ).fetchall()
    return {id_: (version, value) for id_, version, value in rows}


def newest(signals: Iterable[Signal]) -> dict[str, Signal]:
    return {one.id: one for one in sorted(signals, key=lambda one: one.version)}


def publish(settings: Settings, signals: Iterable[Signal]) -> None:
    """Every one twice."""
    values = [one.model_dump_json().encode() for one in signals for _ in range(2)]
    asyncio.run(send(settings, SIGNALS, values))


def wait_for(workers: Workers, wanted: dict[str, Signal]) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while (found := kept(workers.settings)) != wanted:
        assert time.monotonic() < until, (found, wanted, workers.log.read_text()[-5000:])
        workers.restart_dead()
        time.sleep(0.2)


def story(part: int) -> list[Signal]:
    """Of each host an anomaly that gets worse and is over, its versions not in order."""
    usual = {"mean": 10.0, "std": 1.0, "low": 8.0, "high": 12.0}
    found = []
    for number in range(8):
        host, begin = f"host-{number}", 60.0 * part + number
        for version, value in ((1, 50.0), (3, 60.0), (2, 97.0), (4, 11.0)):
            found.append(
                signal(
                    begin,
                    scope=f"metric:{host}/cpu_usage",
                    host=host,
                    version=version,
                    seen=begin + version,
                    value=value,
                    baseline=usual,
                    active=version < 4,
                )
            )
    return found


def test_every_signal_is_kept_once_wherever_persist_dies(stack: RunningStack) -> None:
    settings = installation(stack)
    published: list[Signal] = []
    with Workers(settings, ["persist"]) as workers:
        for part in range(3):
            publish(settings, story(part))
            published += story(part)
            time.sleep(0.3 * part)  # dies before, amid and after its flush
            workers.kill("persist-0")
            workers.start("persist-0")
        publish(settings, story(0))  # all of it again, much later
        wait_for(workers, newest(published))
    assert set(peaks(settings).values()) == {(2, 97.0)}
    assert len(peaks(settings)) == 24


def test_what_cannot_be_read_stops_nothing_and_is_buried_once(stack: RunningStack) -> None:
    settings = installation(stack)
    hostile = signal(0, host="web\x00\x1b[31m", reason="\x00" * 50, sample="[bold]\u202e")
    impossible = signal(0, version=2**40).model_dump_json().encode()
    poison = [b"no signal", impossible, b"\xff\x00", b'{"v":1}']
    asyncio.run(send(settings, SIGNALS, [*poison, hostile.model_dump_json().encode()]))
    wanted = decode_signal(hostile.model_dump_json().replace("\\u0000", "\\u2400").encode())
    assert wanted
    with Workers(settings, ["respond", "persist"]) as workers:
        wait_for(workers, {wanted.id: wanted})
        until = time.monotonic() + _PATIENCE_SECONDS
        while len(buried := asyncio.run(values_of(settings, DLQ))) < len(poison):
            assert time.monotonic() < until, (buried, workers.log.read_text()[-5000:])
            time.sleep(0.2)
    assert sorted(buried) == sorted(poison)


def test_old_signals_are_forgotten_and_made_up_ones_removed(stack: RunningStack) -> None:
    settings = installation(stack)
    now = datetime.now(UTC)
    real, made_up = signal(0), signal(1, demo=True, scope="metric:shop/cpu_usage")
    old = signal(2, scope="metric:gone/cpu_usage").model_copy(
        update={"at": now - timedelta(days=91), "onset": now - timedelta(days=92)}
    )
    new = [one.model_copy(update={"at": now}) for one in (real, made_up)]

    async def keep(signals: list[Signal]) -> None:
        async with new_pool(settings) as pool, transaction(pool) as connection:
            records = [store.Record(0, n, 1, one) for n, one in enumerate(signals)]
            await store.store(connection, records)

    async def expire() -> int:
        async with new_pool(settings) as pool, transaction(pool) as connection:
            return await store.forget(connection, now - timedelta(days=90))

    asyncio.run(keep([*new, old]))
    assert set(kept(settings)) == {real.id, made_up.id, old.id}
    assert asyncio.run(expire()) == 1
    remove_demo(settings)
    assert kept(settings) == {real.id: new[0]}
    asyncio.run(keep([new[1].model_copy(update={"version": 5})]))  # what still comes of it
    assert kept(settings) == {real.id: new[0]}
