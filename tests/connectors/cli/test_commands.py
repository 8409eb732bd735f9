"""What holds for every command: help with an example, JSON for data, sentences for faults."""

import re
from pathlib import Path
from typing import NoReturn

import pytest
import typer

from connectors.cli import ingest
from schemas.formats import FORMATS
from schemas.settings import load
from tests.connectors.cli.application import commands, empty_environment, invoke
from tests.schemas.tables import README

COMMANDS = list(commands())
OF_DATA = (
    "status",
    "ingest",
    "patterns",
    "alerts",
    "ledger",
    "dlq list",
    "dlq show",
    "topics",
    "config",
    "metrics",
    "history move",
    "password",
)
OF_AN_INSTANCE = (
    "patterns",
    "alerts",
    "ledger",
    "topics",
    "dlq list",
    "dlq show X",
    "ingest X",
    "metrics",
    "metrics X Y",
    "password X",
)


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    empty_environment(monkeypatch, tmp_path)


def help_of(*words: str) -> str:
    answer = invoke(*words, "--help")
    assert answer.exit_code == 0
    return re.sub(r"[\s│]+", " ", answer.stdout)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_has_an_example(words: tuple[str, ...]) -> None:
    assert re.search(rf"Example: foreshock (--data \S+ )?{' '.join(words)}", help_of(*words))


@pytest.mark.parametrize("command", OF_DATA)
def test_commands_that_print_data_print_json(command: str) -> None:
    assert "--json" in help_of(*command.split())


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_the_readme_lists_the_command(words: tuple[str, ...]) -> None:
    assert f"\n| `{words[0]}` |" in README.read_text(encoding="utf-8")


@pytest.mark.parametrize("command", OF_AN_INSTANCE)
def test_where_nothing_runs_there_is_a_sentence_and_a_remedy(command: str) -> None:
    answer = invoke("--data", "nothing-here", *command.split())
    assert answer.exit_code == 1
    assert answer.stdout == ""
    assert "error: no instance runs in nothing-here" in answer.stderr
    assert "remedy: start one: foreshock up --detach" in answer.stderr
    assert not Path("nothing-here").exists()


@pytest.mark.parametrize("words", [("--no-such-option",), ("no-such-command",), ("ledger", "more")])
def test_wrong_use_ends_with_2(words: tuple[str, ...]) -> None:
    answer = invoke(*words)
    assert answer.exit_code == 2
    assert "Traceback" not in answer.output


def test_ingest_names_the_formats_and_refuses_another() -> None:
    told = help_of("ingest")
    assert [name for name in FORMATS if name not in told] == []
    answer = invoke("ingest", "x", "--format", "sysloog")
    assert answer.exit_code == 2
    assert "--format sysloog: no such format" in answer.stderr
    assert "syslog_iso" in answer.stderr


def test_ingest_refuses_a_time_zone_that_there_is_not() -> None:
    answer = invoke("ingest", "x", "--timezone", "Mars/Olympus")
    assert answer.exit_code == 2
    assert "--timezone 'Mars/Olympus' is no time zone" in answer.stderr


def test_ingest_refuses_the_names_of_made_up_data(tmp_path: Path) -> None:
    answer = invoke("ingest", str(tmp_path), "--source", "demo/web-1")
    assert answer.exit_code == 2
    assert "--source demo/web-1: `demo --remove` deletes what begins with demo/" in answer.stderr
    assert "remedy: take another name" in answer.stderr


@pytest.mark.parametrize("command", ["metrics", "alerts", "demo --remove"])
def test_a_database_that_cannot_be_had_is_named(
    monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setenv("KAFKA_BROKERS", "127.0.0.1:1")
    monkeypatch.setenv("DATABASE_URL", "postgresql://a:b@127.0.0.1:1/x")
    answer = invoke(*command.split())
    assert answer.exit_code == 1
    assert "error: DATABASE_URL: " in answer.stderr


def test_an_interrupted_wait_ends_as_an_interrupted_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(*_of: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(ingest, "wait_balanced", interrupted)
    with pytest.raises(typer.Exit) as ended:
        ingest._wait(load(), ["app"], 30)
    assert ended.value.exit_code == 130
