"""The loop, with small parts that live as long as a test wants them to."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from connectors.embedded.directory import Directory, open_directory
from connectors.embedded.part import Part, Stage
from connectors.embedded.processes import Identity, end, identify, is_alive, wait_gone
from connectors.embedded.supervisor import Supervisor
from connectors.instance import Instance, PartState, read_instance, write_instance
from schemas.errors import UserError
from schemas.settings import child_environment

SLEEP = ("sleep", "1000")


@pytest.fixture
def directory(tmp_path: Path) -> Directory:
    return open_directory(tmp_path / "data")


async def always_ready() -> str:
    return ""


async def never_ready() -> str:
    return "waits for a sign"


def part(name: str, command: tuple[str, ...] = SLEEP, **more: Any) -> Part:
    """A part that is ready as soon as it runs, unless said otherwise."""
    ordinary = {
        "version": "1",
        "environment": child_environment(),
        "port": 0,
        "probe": always_ready,
    }
    return Part(name=name, command=command, **{**ordinary, **more})


def supervisor(directory: Directory, *stages: Stage) -> Supervisor:
    return Supervisor(directory, stages, kafka="k", postgres="p")


@asynccontextmanager
async def running(directory: Directory, *stages: Stage) -> AsyncIterator[Supervisor]:
    """A supervisor that is ready; stopped in the end."""
    supervising = supervisor(directory, *stages)
    ready = asyncio.Event()
    task = asyncio.create_task(supervising.run(ready.set))
    await asyncio.wait_for(ready.wait(), 10)
    yield supervising
    supervising.stop()
    await asyncio.wait_for(task, 10)


def state_of(directory: Directory, name: str) -> PartState:
    instance = read_instance(directory.root)
    assert instance is not None
    return next(state for state in instance.parts if state.name == name)


def identity_of(directory: Directory, name: str) -> Identity:
    process = state_of(directory, name).process
    assert process is not None
    return process


async def until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "did not come true in time"
        await asyncio.sleep(0.02)


def recorder(file: Path, name: str) -> tuple[str, ...]:
    """Writes its name when it starts and again when it is asked to end."""
    script = f"echo +{name} >> {file}; trap 'echo -{name} >> {file}; exit' TERM; sleep 100 & wait"
    return ("/bin/sh", "-c", script)


async def test_stages_start_in_order_and_stop_in_reverse(
    directory: Directory, tmp_path: Path
) -> None:
    file = tmp_path / "order"

    async def then() -> None:
        with file.open("a") as order:
            order.write("then\n")

    async def has_started() -> str:
        return "" if file.exists() and "+servers" in file.read_text() else "not yet"

    servers = part("servers", recorder(file, "servers"), probe=has_started)
    agents = part("agents", recorder(file, "agents"))
    async with running(directory, Stage((servers,), then), Stage((agents,))):
        await until(lambda: "+agents" in file.read_text())
    assert file.read_text().split() == ["+servers", "then", "+agents", "-agents", "-servers"]
    assert read_instance(directory.root) is None


async def test_what_dies_is_started_again_and_its_children_go_with_it(
    directory: Directory,
) -> None:
    command = ("/bin/sh", "-c", "sleep 1000 & wait")
    async with running(directory, Stage((part("worker", command),))):
        first = identity_of(directory, "worker")
        await until(lambda: len(psutil.Process(first.pid).children()) == 1)
        child = identify(psutil.Process(first.pid).children()[0].pid)
        os.kill(first.pid, signal.SIGKILL)
        await until(lambda: state_of(directory, "worker").restarts == 1)
        await until(lambda: state_of(directory, "worker").ready)
        assert identity_of(directory, "worker") != first
        assert child is not None
        assert not is_alive(child)


async def test_a_part_that_does_not_get_ready_fails_the_start_and_all_is_stopped(
    directory: Directory,
) -> None:
    stages = (
        Stage((part("servers"),)),
        Stage((part("agent", probe=never_ready, ready_seconds=0.5),)),
    )
    started: list[Identity] = []
    task = asyncio.create_task(supervisor(directory, *stages).run(lambda: None))
    await until(lambda: read_instance(directory.root) is not None)
    started.append(identity_of(directory, "servers"))
    with pytest.raises(UserError, match="agent waits for a sign"):
        await task
    assert not any(map(is_alive, started))
    assert read_instance(directory.root) is None


async def test_the_time_in_which_a_part_recovers_does_not_count(
    directory: Directory, tmp_path: Path
) -> None:
    done, asked = tmp_path / "done", 0

    async def probe() -> str:
        nonlocal asked
        asked += 1
        return "" if done.exists() else "is starting up"

    patient = part("servers", probe=probe, ready_seconds=1.0, recovering=("is starting up",))
    ready = asyncio.Event()
    supervising = supervisor(directory, Stage((patient,)))
    task = asyncio.create_task(supervising.run(ready.set))
    await until(lambda: asked > 25 or task.done())  # as it is asked ten times a second
    done.touch()
    await asyncio.wait([task, asyncio.create_task(ready.wait())], return_when="FIRST_COMPLETED")
    assert not task.done()
    supervising.stop()
    await task


async def test_a_part_that_keeps_dying_fails_the_start_with_its_log(directory: Directory) -> None:
    dying = part("agent", ("/bin/sh", "-c", "echo no luck; exit 7"), probe=never_ready)
    with pytest.raises(UserError, match="agent exited with 7") as raised:
        await supervisor(directory, Stage((dying,))).run(lambda: None)
    assert "agent.log" in raised.value.remedy
    assert "no luck" in (directory.logs / "agent.log").read_text()


async def test_a_program_that_is_not_there_is_said(directory: Directory) -> None:
    with pytest.raises(UserError, match="cannot be started"):
        await supervisor(directory, Stage((part("agent", ("/no/such/program",)),))).run(
            lambda: None
        )


async def test_readiness_follows_the_probe(directory: Directory, tmp_path: Path) -> None:
    fault = tmp_path / "fault"

    async def probe() -> str:
        return fault.read_text() if fault.exists() else ""

    async with running(directory, Stage((part("agent", probe=probe),))):
        fault.write_text("no partitions yet")
        await until(lambda: not state_of(directory, "agent").ready)
        assert state_of(directory, "agent").reason == "no partitions yet"
        fault.unlink()
        await until(lambda: state_of(directory, "agent").ready)


async def test_a_part_that_ignores_the_request_is_killed(directory: Directory) -> None:
    stubborn = ("/bin/sh", "-c", "trap '' TERM; while true; do sleep 0.1; done")
    async with running(directory, Stage((part("agent", stubborn, stop_seconds=0.3),))):
        await asyncio.sleep(0.2)
        identity = identity_of(directory, "agent")
    assert not is_alive(identity)


@pytest.fixture
def orphan() -> Iterator[Identity]:
    process = subprocess.Popen(SLEEP, start_new_session=True)
    identity = identify(process.pid)
    assert identity is not None
    yield identity
    process.kill()
    process.wait()


def recorded(directory: Directory, process: Identity) -> None:
    state = PartState(name="agent", version="1", port=0, process=process, ready=True)
    dead = Identity(pid=2**22 + 1, started=0.0)
    write_instance(
        directory.root, Instance(supervisor=dead, kafka="k", postgres="p", parts=[state])
    )


async def test_an_orphan_of_a_dead_supervisor_is_stopped(
    directory: Directory, orphan: Identity
) -> None:
    recorded(directory, orphan)
    async with running(directory, Stage((part("agent"),))):
        assert not is_alive(orphan)


async def test_a_stranger_with_the_pid_of_an_orphan_is_left_alone(
    directory: Directory, orphan: Identity
) -> None:
    recorded(directory, Identity(pid=orphan.pid, started=orphan.started - 60))
    async with running(directory, Stage((part("agent"),))):
        assert is_alive(orphan)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a start has no name elsewhere")
async def test_a_stranger_started_as_long_after_another_boot_is_left_alone(
    directory: Directory, orphan: Identity
) -> None:
    recorded(directory, orphan.model_copy(update={"boot": "the one before"}))
    async with running(directory, Stage((part("agent"),))):
        assert is_alive(orphan)


PARENT = """
import asyncio, sys
from pathlib import Path
from connectors.embedded.directory import open_directory
from connectors.embedded.part import Stage
from tests.connectors.embedded.test_supervisor import part, supervisor
directory = open_directory(Path(sys.argv[1]))
ready = lambda: sys.stdout.write("ready\\n") and sys.stdout.flush()
asyncio.run(supervisor(directory, Stage((part("one"), part("two")))).run(ready))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the next `up` does it elsewhere")
def test_after_kill_9_of_the_supervisor_nothing_stays(directory: Directory) -> None:
    command = [sys.executable, "-c", PARENT, str(directory.root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"ready\n"
        parts = [identity_of(directory, name) for name in ("one", "two")]
        assert all(map(is_alive, parts))
        parent.kill()
    assert wait_gone(parts, 5.0)


LEADER = """
import subprocess, time
subprocess.Popen(["sleep", "1000"])
time.sleep(1000)
"""


@pytest.fixture
def abandoned() -> Iterator[tuple[Identity, Identity]]:
    """A process that was killed, and the one that it had started."""
    with subprocess.Popen([sys.executable, "-c", LEADER], start_new_session=True) as process:
        while not (children := psutil.Process(process.pid).children()):
            time.sleep(0.02)
        leader, child = identify(process.pid), identify(children[0].pid)
        process.kill()
    assert leader is not None
    assert child is not None
    yield leader, child
    end([child], 0.0)


async def test_what_a_dead_part_has_started_is_stopped_too(
    directory: Directory, abandoned: tuple[Identity, Identity]
) -> None:
    leader, child = abandoned
    assert is_alive(child)
    recorded(directory, leader)
    async with running(directory, Stage((part("agent"),))):
        assert not is_alive(child)
