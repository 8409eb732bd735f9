"""Signals become alerts in Postgres, each as often as it should, whatever dies on the way.

What the worker makes of them is compared with the pure rules applied in this process.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import aclosing

import psycopg

from connectors.alerts import follow
from connectors.ledger import draw_up
from connectors.stores import alerts as store
from schemas.alerts import Alert
from schemas.ledger import Ledger
from schemas.settings import Settings
from schemas.signals import CLOCK, Signal
from schemas.topics import ALERTS, DLQ, RESPOND_STATE, SIGNALS
from tests.agents.correlation.signals import NOON, Stage, signal
from tests.flows.alerting import in_postgres, on_topic, send, values_of
from tests.flows.dying import STEPS, die
from tests.stack import RunningStack
from tests.workers import Workers, installation

_PATIENCE_SECONDS = 100.0
HOSTS = 12


def story(part: int) -> list[Signal]:
    """Of every host: two metrics and an error pattern; what began in one part ends in the next."""
    found = []
    for number in range(HOSTS):
        host, begin = f"host-{number}", 60.0 * part + number / 60
        load, disk = f"metric:{host}/load_1m", f"metric:{host}/disk_used_percent"
        ends, before = begin + 25, begin - 60
        if part:
            found.append(
                signal(before, scope=disk, host=host, version=2, active=False, seen=begin - 30)
            )
        found += [
            signal(begin, scope=load, host=host, strength="paging"),
            signal(begin + 1, scope=f"pattern:p@{host}", kind="new_pattern", host=host, severity=6),
            signal(begin, scope=load, host=host, strength="paging", version=2, seen=begin + 3),
            signal(begin, scope=disk, host=host),
            signal(begin, scope=load, host=host, version=3, active=False, seen=ends),
        ]
    return found


def publish(settings: Settings, signals: list[Signal]) -> None:
    """Every one twice."""
    values = [one.model_dump_json().encode() for one in signals for _ in range(2)]
    asyncio.run(send(settings, SIGNALS, values))


def wait_for(workers: Workers, wanted: dict[str, Alert]) -> Ledger:
    """The ledger once these are what Postgres has, and nothing is in flight."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        ledger = asyncio.run(draw_up(workers.settings))
        if (found := in_postgres(workers.settings)) == wanted and not ledger.in_flight:
            return ledger
        assert time.monotonic() < until, (found, wanted, workers.log.read_text()[-5000:])
        workers.restart_dead()
        time.sleep(0.2)


def check_books(settings: Settings, ledger: Ledger, wanted: Stage) -> None:
    """Topic, Postgres and the ledger say the same."""
    published = on_topic(settings)
    versions: dict[str, set[int]] = defaultdict(set)
    for alert in published:
        versions[alert.id].add(alert.version)
    newest = wanted.newest()
    assert versions == {id_: set(range(1, a.version + 1)) for id_, a in newest.items()}
    assert {a.model_dump_json() for a in published} == {
        a.model_dump_json() for a in wanted.published
    }
    books = ledger.alerts
    assert ledger.balanced, ledger.faults
    assert (books.published, books.stored) == (len(published), len(wanted.published))
    assert books.deduplicated == len(published) - len(wanted.published)


def test_alerts_are_those_of_an_undisturbed_run_wherever_respond_dies(stack: RunningStack) -> None:
    settings = installation(stack)
    wanted = Stage()
    with Workers(settings, ["persist"]) as workers:
        for part, step in enumerate(STEPS):
            signals = story(part)
            publish(settings, signals)
            wanted.take_all(signals)
            die(settings, "respond", step, records=len(signals))
        workers.kill("persist-0")
        workers.start("persist-0")
        publish(settings, story(len(STEPS)))
        wanted.take_all(story(len(STEPS)))
        workers.start("respond-0")
        ledger = wait_for(workers, wanted.newest())
        check_books(settings, ledger, wanted)
    assert {a.first_seen for a in wanted.newest().values()} >= {NOON}
    assert asyncio.run(values_of(settings, RESPOND_STATE))


def test_what_cannot_be_read_is_dead_lettered_and_stops_nothing(stack: RunningStack) -> None:
    settings = installation(stack)
    wanted = Stage()
    hostile = signal(0, host="web\x00\x1b[31m", reason="\x00" * 50, sample="[bold]\u202e")
    wanted.take_all([hostile])
    values = [b"no signal", CLOCK, hostile.model_dump_json().encode()]
    asyncio.run(send(settings, SIGNALS, values))
    asyncio.run(send(settings, ALERTS, [b"no alert"]))
    with Workers(settings, ["respond", "persist"]) as workers:
        (expected,) = wanted.published
        kept = Alert.model_validate_json(expected.model_dump_json().replace("\\u0000", "\\u2400"))
        ledger = wait_for(workers, {kept.id: kept})
        assert (ledger.alerts.stored, ledger.alerts.dead_lettered) == (1, 1)
        assert ledger.balanced
        assert sorted(asyncio.run(values_of(settings, DLQ))) == [b"no alert", b"no signal"]


async def _followed(settings: Settings, count: int) -> tuple[list[Alert], list[Alert]]:
    """What there was, and so many changes that were sent after that."""
    listed: list[Alert] = []
    news: list[Alert] = []
    ready = asyncio.Event()

    def first(found: Sequence[Alert]) -> None:
        listed.extend(found)
        ready.set()

    async def read() -> None:
        async with aclosing(follow(settings, closed=False, limit=100, first=first)) as changes:
            async for alert in changes:
                news.append(alert)
                if len(news) == count:
                    return

    reading = asyncio.create_task(read())
    await ready.wait()
    versions = [listed[0].model_copy(update={"version": n}) for n in (1, 2, 2, 3)]
    values = [b"no alert", *(alert.model_dump_json().encode() for alert in versions)]
    await send(settings, ALERTS, values)
    await asyncio.wait_for(reading, _PATIENCE_SECONDS)
    return listed, news


async def test_following_shows_what_there_is_and_then_each_change_once(stack: RunningStack) -> None:
    settings = await asyncio.to_thread(installation, stack)
    (alert,) = Stage().take_all([signal(0)]).published
    url = settings.database_url.get_secret_value()
    async with await psycopg.AsyncConnection.connect(url) as connection:
        await store.store(connection, [store.Record(0, 0, 1, alert)])
    listed, news = await _followed(settings, 2)
    assert listed == [alert]
    assert [one.version for one in news] == [2, 3]
