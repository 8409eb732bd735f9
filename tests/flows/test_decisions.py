"""Commands among signals, whatever dies: each is decided once, and every version said one thing."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import psycopg
import pytest
from aiokafka import AIOKafkaProducer

from connectors.kafka import producer_options, topic_name
from connectors.ledger import draw_up
from schemas.alerts import Alert
from schemas.commands import Actor, Command, CommandResult, Target
from schemas.settings import Settings
from schemas.signals import Signal
from schemas.topics import ALERTS, COMMANDS, DLQ, RESULTS, SIGNALS
from tests.agents.correlation.signals import Stage, at
from tests.connectors.alerting import alert
from tests.flows.alerting import in_postgres, on_topic, send, values_of
from tests.flows.dying import STEPS, die
from tests.flows.test_alerts import story
from tests.stack import RunningStack
from tests.workers import Workers, installation

pytestmark = pytest.mark.stack

_PATIENCE_SECONDS = 300.0
KIM = Actor(id="u1", name="kim")
OLD = [alert(1, id="old", version=number, state="resolved") for number in range(1, 8)]


def wish(command_id: str, kind: str, targets: Sequence[Target], **more: Any) -> Command:
    found = {"id": command_id, "kind": kind, "targets": targets, "by": KIM, "at": at(0)}
    return Command.model_validate(found | more)


def wishes(part: int) -> list[Command]:
    """About each alert of a part, about one that respond has forgotten, and one about all."""
    ids = sorted(Stage().take_all(story(part)).newest())
    found = []
    for number, id_ in enumerate(ids):
        name, target = f"{part}/{number}", Target(id=id_)
        found += [
            wish(f"{name}/ack", "acknowledge", [target], text="mine"),
            wish(f"{name}/late", "comment", [Target(id=id_, expected_version=2)], text="at 2"),
            wish(f"{name}/assign", "assign", [target], owner=f"user-{number % 3}"),
        ]
        if number % 3 == 0:
            found.append(wish(f"{name}/over", "resolve", [target]))
    old = Target(id="old", alert=OLD[-1])
    everything = [*(Target(id=id_) for id_ in ids), old, Target(id="nothing")]
    return [*found, wish(f"{part}/all", "comment", everything, text="bulk")]


async def _send_both(
    settings: Settings, signals: Sequence[Signal], commands: Sequence[Command]
) -> None:
    producer = AIOKafkaProducer(**producer_options(settings))
    await producer.start()
    pending = []
    for place in range(max(len(signals), len(commands))):
        for records, topic in ((signals, SIGNALS), (commands, COMMANDS)):
            for record in records[place : place + 1]:
                value = record.model_dump_json().encode()
                for _ in range(2):
                    name = topic_name(settings, topic)
                    pending.append(await producer.send(name, value, key=b"k"))
        await asyncio.sleep(0.002)
    await asyncio.gather(*pending)
    await producer.stop()


def concluded(settings: Settings) -> int:
    """Operations of which it is known how they ended."""
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        rows = connection.execute(
            "select count(*) from operations join operation_results using (id)"
        ).fetchall()
    return int(rows[0][0])


def wait_for(workers: Workers, commands: int) -> None:
    """Until so many operations ended, and Postgres has every version that was published."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        ledger = asyncio.run(draw_up(workers.settings))
        stored = ledger.alerts.stored
        done = concluded(workers.settings) == commands and not ledger.in_flight
        if done and quiet(workers.settings):
            return
        assert time.monotonic() < until, (stored, workers.log.read_text()[-5000:])
        workers.restart_dead()
        time.sleep(0.2)


def quiet(settings: Settings) -> bool:
    """Whether nothing is published any more: all signals were taken, too."""
    before = len(on_topic(settings))
    time.sleep(1.5)
    return len(on_topic(settings)) == before


def results_of(settings: Settings) -> dict[str, set[str]]:
    """What was said of each command."""
    found: dict[str, set[str]] = defaultdict(set)
    for value in asyncio.run(values_of(settings, RESULTS)):
        found[CommandResult.model_validate_json(value).id].add(value.decode())
    return found


def check(settings: Settings, commands: Sequence[Command]) -> None:
    """Every version said one thing; what was applied is in the history, once."""
    said: dict[tuple[str, int], set[str]] = defaultdict(set)
    for one in on_topic(settings):
        said[one.id, one.version].add(one.model_dump_json())
    assert {len(texts) for texts in said.values()} == {1}
    alerts = {key: Alert.model_validate_json(text) for key, (text,) in said.items()}
    newest = {id_: alerts[id_, max(v for of, v in said if of == id_)] for id_, _ in said}
    assert in_postgres(settings) == newest
    made: dict[tuple[str, str], int] = defaultdict(int)
    for one in alerts.values():
        if one.change and one.change.command:
            made[one.change.command, one.id] += 1
    assert set(made.values()) == {1}
    results = results_of(settings)
    assert set(results) == {command.id for command in commands}
    assert {len(texts) for texts in results.values()} == {1}
    applied = set()
    for texts in results.values():
        result = CommandResult.model_validate_json(next(iter(texts)))
        applied |= {(result.id, i.id) for i in result.items if i.status == "applied"}
    assert set(made) <= applied
    statuses = {i for t in results.values() for i in statuses_of(next(iter(t)))}
    assert statuses >= {"applied", "not_found"}


def statuses_of(text: str) -> set[str]:
    return {item.status for item in CommandResult.model_validate_json(text).items}


def tell(settings: Settings, part: int, commands: Sequence[Command], died: Event) -> None:
    """Half of it before a worker starts; the rest, with new signals in between, while it works."""
    half = len(commands) // 2
    asyncio.run(_send_both(settings, [], commands[:half]))
    before = len(results_of(settings))
    while not died.wait(0.1) and len(results_of(settings)) == before:
        pass
    asyncio.run(_send_both(settings, story(part + 1), commands[half:]))


def test_every_command_is_decided_once_wherever_respond_dies(stack: RunningStack) -> None:
    settings = installation(stack)
    sent: list[Command] = []
    with Workers(settings, ["persist"]) as workers, ThreadPoolExecutor() as beside:
        asyncio.run(send(settings, ALERTS, [one.model_dump_json().encode() for one in OLD]))
        asyncio.run(_send_both(settings, story(0), []))
        for part, step in enumerate([*STEPS, "order"]):
            commands = wishes(part)
            sent += commands
            died = Event()
            telling = beside.submit(tell, settings, part, commands, died)
            die(settings, "obey", step, records=len(commands) * 3 // 2)
            died.set()
            telling.result()
        workers.start("respond-0")
        wait_for(workers, len(sent))
        check(settings, sent)
        ledger = asyncio.run(draw_up(settings))
        assert ledger.balanced, ledger.faults


def test_what_is_no_command_is_dead_lettered_and_stops_nothing(stack: RunningStack) -> None:
    settings = installation(stack)
    hostile = wish("h", "comment", [Target(id="x")], text="\x00\x1b[31m")
    asyncio.run(send(settings, COMMANDS, [b"no command", hostile.model_dump_json().encode()]))
    with Workers(settings, ["respond", "persist"]) as workers:
        wait_for(workers, 1)
        assert asyncio.run(values_of(settings, DLQ)) == [b"no command"]
