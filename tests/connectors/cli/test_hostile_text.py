"""What commands print of log lines, names and errors is text, whatever stands in it."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import ConsoleDimensions

from connectors.cli import alerts, dlq, ledger, patterns
from connectors.cli.output import console
from connectors.cli.screen import screen
from connectors.deadletters import DeadLetter
from connectors.live import Phase, Picture
from connectors.patterns import PatternView
from connectors.stores.patterns import Counted
from schemas.ledger import Ledger, MetricLine, SourceLine
from tests.connectors.alerting import WHEN, alert
from tests.connectors.cli.application import empty_environment, invoke

# Each is markup or an emoji code to a terminal's library, and all are ordinary in logs.
CORPUS = (
    "disk_used_percent[/data]",
    "open [/var/x] failed",
    "[sda] [error] [bold]x[/bold]",
    "root:x:0:0:warning:/root",
    "[link=https://example.com]here",
    r"\[a] \\[b]",
)


def letter(text: str) -> DeadLetter:
    return DeadLetter(
        id=text, source=text, stage="parse", reason=text, detail=text, lines=1, points=0,
        topic="logs.raw", partition=0, offset=1, at=datetime(2024, 1, 2, tzinfo=UTC),
        brought_back=False, schema_name=None, range=None, trace=None, value=text.encode(),
    )  # fmt: skip


def view(text: str) -> PatternView:
    return PatternView(
        uid="0001", template=text, count=9, events=1, first_seen=WHEN, last_seen=WHEN,
        sources=[text], services=[text], uids=["0001"], sample=text,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "_width", 400)
    monkeypatch.setattr(console, "_height", 60)


def printed(what: object) -> str:
    """As a wide terminal has it, without colours."""
    with console.capture() as captured:
        console.print(what)
    return re.sub(r"\x1b\[[0-9;]*m", "", captured.get())


@pytest.mark.parametrize("text", CORPUS)
def test_in_lists_it_stays_what_it_is(text: str) -> None:
    books = Ledger(
        balanced=True, stages=[], faults=[],
        sources=[SourceLine(source=text)], metrics=[MetricLine(source=text)],
    )  # fmt: skip
    assert text in printed(patterns.table([view(text)]))
    assert printed(dlq.table([letter(text)])).count(text) == 3
    assert text in printed(ledger.table(books))
    assert text in printed(ledger.metrics_table(books))
    shown = printed(alerts.table([alert(1, title=text, owner=text)], WHEN.date()))
    assert shown.count(text) == 2


@pytest.mark.parametrize("text", CORPUS)
def test_on_the_screen_too(text: str) -> None:
    picture = Picture(Phase.RUNNING, running_since=0.0)
    picture.take_patterns(
        [view(text)], [Counted("u", "", "", 7, 7, 0, 0, text, "t", 0, 1, 0, 0)], 0
    )
    picture.alerts = [alert(1, title=text)]
    assert printed(screen(picture, ConsoleDimensions(400, 60), "/data", 75.0)).count(text) >= 3


@pytest.mark.parametrize("text", CORPUS)
def test_in_errors_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str) -> None:
    empty_environment(monkeypatch, tmp_path)
    answer = invoke("--data", text, "ledger")
    assert answer.exit_code == 1
    assert f"error: no instance runs in {Path(text)}\n" in answer.stderr
    assert "remedy: start one: foreshock up --detach" in answer.stderr


def test_an_error_in_several_lines_keeps_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    empty_environment(monkeypatch, tmp_path)
    monkeypatch.setenv("KAFKA_BROKERS", "[/x]\x1b[2J")
    monkeypatch.setenv("LOG_FORMAT", "xml")
    answer = invoke("config")
    assert answer.exit_code == 2
    assert "error: wrong settings:\n  LOG_FORMAT: " in answer.stderr
    assert "\n  KAFKA_BOOTSTRAP_SERVERS: '[/x]" in answer.stderr
    assert "\x1b" not in answer.stderr
