"""Alerts in Postgres: the higher version wins, every version once, and books that find faults."""

import asyncio
import random
from collections.abc import Sequence

import psycopg
import pytest

from connectors import alert_books, glimpse
from connectors.stores import alerts as store
from connectors.stores.alerts import Record
from schemas.alerts import Alert, AlertSeverity, AlertState
from schemas.ledger import AlertBooks
from schemas.settings import Settings
from tests.agents.correlation.signals import Stage, signal
from tests.flows.truth import execute
from tests.stack import RunningStack
from tests.workers import installation

LOAD = "metric:web-1/load_1m"
HISTORY = (
    Stage()
    .take_all(
        [
            signal(0),
            signal(1, scope=LOAD, strength="paging"),
            signal(0, version=2, active=False, seen=3),
            signal(1, scope=LOAD, version=2, active=False, seen=4),
        ]
    )
    .published
)


@pytest.fixture
def settings(stack: RunningStack) -> Settings:
    return installation(stack)


def records(alerts: Sequence[Alert | None], first: int = 0) -> list[Record]:
    """As they would lie on the topic, one behind the other."""
    return [Record(0, first + n, 1_000 + first + n, alert) for n, alert in enumerate(alerts)]


async def keep(settings: Settings, found: Sequence[Record]) -> None:
    url = settings.database_url.get_secret_value()
    async with await psycopg.AsyncConnection.connect(url) as connection:
        await store.store(connection, found)


def listed(settings: Settings, **wish: object) -> list[Alert]:
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        return store.listed(connection, **wish)  # type: ignore[arg-type]


def books(settings: Settings) -> tuple[AlertBooks, set[str]]:
    found, faults = asyncio.run(alert_books.draw_up(settings))
    return found, {fault.kind for fault in faults}


def test_in_any_order_and_in_any_pieces_the_newest_wins(settings: Settings) -> None:
    chance = random.Random(3)
    came = records(HISTORY)
    for size in (1, 2, 4):
        shuffled = chance.sample(came, len(came))
        for piece in (shuffled[:size], shuffled):
            asyncio.run(keep(settings, piece))
        assert listed(settings, closed=True) == [HISTORY[-1]]
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        assert store.history(connection, HISTORY[0].id) == HISTORY
        assert store.one(connection, HISTORY[0].id) == HISTORY[-1]
        assert store.one(connection, "nothing") is None


def test_a_repeat_counts_once_and_a_record_read_again_does_not_count(settings: Settings) -> None:
    twice = records([*HISTORY, HISTORY[1], None, HISTORY[1]])
    for _ in range(2):
        asyncio.run(keep(settings, twice))
    wanted = AlertBooks(published=7, stored=4, deduplicated=2, dead_lettered=1)
    assert books(settings) == (wanted, set())


def test_a_lost_version_is_found(settings: Settings) -> None:
    asyncio.run(keep(settings, records(HISTORY)))
    for version in (1, 2):
        assert execute(settings, f"delete from alert_events where version = {version}")
        assert books(settings)[1] == {"missing"}


def test_a_newest_version_that_is_not_stored_is_found(settings: Settings) -> None:
    asyncio.run(keep(settings, records(HISTORY)))
    assert execute(settings, "update alerts set version = 9")
    assert books(settings)[1] == {"unequal"}
    assert execute(settings, "delete from alerts")
    assert books(settings)[1] == {"unequal"}


def test_lists_show_open_ones_the_worst_first(settings: Settings) -> None:
    def one(number: int, severity: AlertSeverity, state: AlertState, host: str = "") -> Alert:
        changed = {"id": f"a{number}", "severity": severity, "state": state, "version": 1}
        return HISTORY[0].model_copy(update=changed | {"labels": {"host": host}})

    found = [
        one(0, AlertSeverity.LOW, AlertState.FIRING),
        one(1, AlertSeverity.CRITICAL, AlertState.RESOLVED),
        one(2, AlertSeverity.HIGH, AlertState.FIRING, "db-1"),
        one(3, AlertSeverity.CRITICAL, AlertState.FIRING),
    ]
    asyncio.run(keep(settings, records(found)))
    assert [alert.id for alert in listed(settings)] == ["a3", "a2", "a0"]
    assert [alert.id for alert in listed(settings, closed=True)] == ["a3", "a2", "a0", "a1"]
    assert [alert.id for alert in listed(settings, severity=AlertSeverity.HIGH)] == ["a3", "a2"]
    assert [alert.id for alert in listed(settings, host="db-1")] == ["a2"]
    assert [alert.id for alert in listed(settings, limit=1)] == ["a3"]


def test_all_are_counted_however_few_are_listed(settings: Settings) -> None:
    many = [
        HISTORY[0].model_copy(update={"id": f"a{n}", "demo": n % 2 == 0, "state": state})
        for n, state in enumerate([AlertState.FIRING] * 120 + [AlertState.RESOLVED] * 3)
    ]
    asyncio.run(keep(settings, records(many)))
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        listed_, numbers = glimpse.alerts(connection)
        assert (len(listed_), numbers.open, numbers.demo) == (100, 120, 62)
        assert store.versions(connection) == {alert.id: alert.version for alert in many}


def test_an_alert_that_was_removed_before_may_be_removed_again(settings: Settings) -> None:
    demo = HISTORY[0].model_copy(update={"id": "demo", "demo": True})
    asyncio.run(keep(settings, records([demo])))
    assert execute(settings, "insert into alerts_removed (id) values ('demo')")
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        assert store.remove_demo(connection) == 1


async def test_what_is_stored_while_it_is_removed_does_not_stay(settings: Settings) -> None:
    url = settings.database_url.get_secret_value()
    demo = [alert.model_copy(update={"id": "demo", "demo": True}) for alert in HISTORY[:2]]
    came = records(demo)
    await keep(settings, came[:1])

    def remove() -> int:
        with psycopg.connect(url) as connection:
            return store.remove_demo(connection)

    async with await psycopg.AsyncConnection.connect(url) as writer:
        await store.store(writer, came[1:])
        removing = asyncio.create_task(asyncio.to_thread(remove))
        waits = "select count(*) from pg_locks where not granted"
        while not await asyncio.to_thread(_one, url, waits):
            assert not removing.done()
            await asyncio.sleep(0.05)
    assert await removing == 1
    assert _one(url, "select count(*) from alerts") == 0
    assert _one(url, "select count(*) from alert_events") == 0


def _one(url: str, query: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute(query.encode()).fetchone()
    return int(row[0]) if row else 0


def test_removed_demo_alerts_stay_removed_and_the_books_agree(settings: Settings) -> None:
    demo = [alert.model_copy(update={"id": "demo", "demo": True}) for alert in HISTORY]
    asyncio.run(keep(settings, records([*HISTORY, *demo[:2]])))
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        assert store.remove_demo(connection) == 1
        assert store.remove_demo(connection) == 0
    asyncio.run(keep(settings, records(demo[2:], first=6)))
    assert [alert.id for alert in listed(settings, closed=True)] == [HISTORY[0].id]
    assert books(settings) == (AlertBooks(published=6, stored=4, deduplicated=2), set())
