"""`foreshock demo`: what it follows, and whole runs of it with and without a terminal."""

import asyncio
import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from connectors.cli.demo import following_this_machine
from connectors.embedded.processes import is_alive
from connectors.instance import Instance, read_instance
from connectors.kafka import producer_options, topic_name
from connectors.sources.book import open_book
from connectors.sources.demo import injected
from connectors.sources.finding import own_log
from schemas.alerts import Alert
from schemas.settings import Settings, as_environment, child_environment, load
from schemas.topics import ALERTS
from tests.connectors.alerting import WHEN, alert
from tests.connectors.cli.application import empty_environment, invoke
from tests.stack import RunningStack

LINES = "".join(f"Jan  2 03:04:05 host sshd[{n}]: session opened for user {n}\n" for n in range(50))


def test_it_follows_this_machine_and_the_servers_but_not_our_agents(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    empty_environment(monkeypatch, tmp_path)
    data_dir = tmp_path / "a, [b]"
    logs = data_dir / "logs"
    logs.mkdir(parents=True)
    chosen = following_this_machine(load(data_dir=data_dir)).file_sources
    assert chosen[0] == "/var/log"
    for name, followed in (("kafka.log", 1), ("postgres.log", 1), ("ingest-1.log", 0)):
        assert sum(fnmatch(str(logs / name), pattern) for pattern in chosen) == followed
        assert bool(own_log(logs / name, data_dir)) is not bool(followed)


def test_a_child_process_gets_the_same_sources(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    empty_environment(monkeypatch, tmp_path)
    chosen = following_this_machine(load(data_dir=tmp_path / "a, b"))
    for name, value in as_environment(chosen).items():
        monkeypatch.setenv(name, value)
    assert load().file_sources == chosen.file_sources


@pytest.mark.parametrize("sources", [["/srv/app.log"], []])
def test_settings_win_each_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sources: list[str]
) -> None:
    empty_environment(monkeypatch, tmp_path)
    assert following_this_machine(load(file_sources=sources)).file_sources == sources
    assert following_this_machine(load(journald=False)).journald is False
    assert following_this_machine(load(journald=True)).journald is True
    assert following_this_machine(load()).host_metrics is True
    assert following_this_machine(load(host_metrics=False)).host_metrics is False


def environment(stack: RunningStack, sources: Path) -> dict[str, str]:
    """Outside servers, so that a run takes seconds, and one file to follow."""
    settings = stack.settings(
        topic_partitions=1,
        file_sources=[str(sources)],
        journald=False,
        host_metrics=False,
        demo_fleet=False,
    )
    return child_environment(**as_environment(settings))


def command(data_dir: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "connectors.cli", "--data", str(data_dir), "demo", *words]


@pytest.mark.parametrize(("content", "code"), [(LINES, 0), ("", 1)], ids=["lines", "silence"])
@pytest.mark.stack
@pytest.mark.xdist_group("commands")
def test_without_a_terminal_it_tells_lines_and_ends_by_itself(
    stack: RunningStack, tmp_path: Path, content: str, code: int
) -> None:
    log = tmp_path / "app.log"
    log.write_text(content)
    answer = subprocess.run(
        command(tmp_path / "data", "--for", "8"),
        env=environment(stack, log), capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert answer.returncode == code, answer.stdout + answer.stderr
    assert "\x1b" not in answer.stdout + answer.stderr
    assert answer.stdout.startswith("starting, ")
    assert re.search(r"\nrunning, (\d+) of \1 parts ready", answer.stdout)
    assert f"{len(content.splitlines())} lines" in answer.stdout
    assert "balanced, nothing in flight" in answer.stdout
    assert "up --detach" in answer.stdout
    assert read_instance(tmp_path / "data") is None


@contextmanager
def in_terminal(
    words: list[str], env: dict[str, str]
) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """A process in a terminal of 80x24, and our end of it."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    env = {**env, "TERM": "xterm-256color"}
    process = subprocess.Popen(words, env=env, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    try:
        yield ours, process
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def read_until(descriptor: int, words: str) -> str:
    """What is drawn, without escape sequences, until `words` appear."""
    seen = ""
    while words not in (plain := re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen)):
        seen += os.read(descriptor, 65_536).decode("utf-8", "replace")
    return plain


@pytest.mark.stack
@pytest.mark.xdist_group("commands")
def test_in_a_terminal_it_draws_until_ctrl_c(stack: RunningStack, tmp_path: Path) -> None:
    log = tmp_path / "app.log"
    log.write_text(LINES)
    words = command(tmp_path / "data")
    with in_terminal(words, environment(stack, log)) as (terminal, process):
        drawn = read_until(terminal, "session opened for user")
        assert "Foreshock running" in drawn
        assert re.search(r"\b(\d+) of \1 parts ready", drawn)
        read_until(terminal, "✓ balanced, nothing in flight")
        found = read_instance(tmp_path / "data")
        assert isinstance(found, Instance)
        process.send_signal(signal.SIGINT)
        assert "50 lines" in read_until(terminal, "up --detach")
        assert process.wait() == 0
    assert not any(is_alive(part.process) for part in found.parts if part.process)


async def publish_alert(settings: Settings, found: Alert) -> None:
    """As the respond worker does."""
    async with AIOKafkaProducer(**producer_options(settings)) as producer:
        value = found.model_dump_json().encode()
        await producer.send_and_wait(
            topic_name(settings, ALERTS), value, key=found.fingerprint.encode()
        )


def onset(data_dir: Path, seconds: float = 90.0) -> datetime:
    """When the fault begins, as soon as the fleet has decided it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if (data_dir / "edges.sqlite").exists():
            with open_book(data_dir / "edges.sqlite") as book:
                if last := injected(book, 1):
                    return datetime.fromtimestamp(last[0].onset, UTC)
        time.sleep(0.2)
    raise AssertionError("no fault was injected")


@pytest.mark.stack
@pytest.mark.xdist_group("commands")
def test_once_ends_at_the_alert_of_the_injected_fault(stack: RunningStack, tmp_path: Path) -> None:
    settings = stack.settings(
        topic_partitions=1, file_sources=[], journald=False, demo_fault="disk_filling",
        demo_fault_after=0,
    )  # fmt: skip
    words = command(tmp_path / "data", "--once", "--json", "--for", "120")
    env = child_environment(**as_environment(settings))
    with subprocess.Popen(words, env=env, stdout=subprocess.PIPE, text=True) as process:
        began = onset(tmp_path / "data")
        before = alert(1, demo=True, first_seen=WHEN, last_seen=WHEN)
        asyncio.run(publish_alert(settings, before))
        asyncio.run(publish_alert(settings, alert(2, demo=True, first_seen=began, last_seen=began)))
        output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    said = json.loads(output.splitlines()[-1])
    assert set(said) == {
        "stack_s", "first_pattern_s", "first_alert_s", "patterns", "lines", "alerts",
    }  # fmt: skip
    assert min(said["stack_s"], said["first_pattern_s"], said["first_alert_s"]) >= 0
    assert said["patterns"] > 10
    assert said["lines"] > 1_000
    assert said["alerts"] >= 1
    assert read_instance(tmp_path / "data") is None


def test_json_goes_with_once() -> None:
    assert invoke("demo", "--json").exit_code == 2
