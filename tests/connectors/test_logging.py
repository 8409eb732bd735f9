"""Our own log: one JSON object an event, libraries included, secrets never."""

import importlib.metadata
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from connectors.logging import configure
from schemas.keys import new_key
from schemas.settings import load

URL = "postgresql://user:s3cr%40t@db/name"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def events(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_an_event_is_one_json_object_with_time_level_and_process(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure(load(_env_file=None, environment="staging", service_version="7.1"), "pollers")
    structlog.get_logger("test").info("file_followed", path="/var/log/a\nb")
    logging.getLogger("library").warning("no %s", "broker")
    ours, theirs = events(capsys)
    assert (ours["event"], ours["level"], ours["process"]) == ("file_followed", "info", "pollers")
    assert ours["path"] == "/var/log/a\nb"
    assert (ours["service"], ours["version"], ours["environment"]) == (
        "foreshock",
        "7.1",
        "staging",
    )
    assert ours["timestamp"].endswith("Z")
    assert (theirs["event"], theirs["process"]) == ("no broker", "pollers")


def test_without_a_version_it_is_the_installed_one(capsys: pytest.CaptureFixture[str]) -> None:
    configure(load(_env_file=None), "pollers")
    structlog.get_logger("test").info("said")
    assert events(capsys)[0]["version"] == importlib.metadata.version("foreshock")


def test_secrets_are_blotted_out_also_from_tracebacks(capsys: pytest.CaptureFixture[str]) -> None:
    configure(load(_env_file=None, database_url=URL, kafka_sasl_password="hush"), "pollers")
    log = structlog.get_logger("test")
    try:
        raise ValueError(f"cannot reach {URL}")
    except ValueError:
        log.exception("failed", password="hush", decoded="s3cr@t")
    shown = json.dumps(events(capsys))
    assert "ValueError" in shown
    assert not any(secret in shown for secret in ("s3cr", "hush"))


def test_whatever_looks_like_a_producer_s_key_is_blotted_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure(load(_env_file=None), "api")
    key = new_key()
    structlog.get_logger("test").info("request", path=f"/webhooks/{key}", url=f"?a={key}&b=1")
    (event,) = events(capsys)
    assert (event["path"], event["url"]) == ("/webhooks/***", "?a=***&b=1")


def test_the_level_is_a_setting_and_a_console_gets_text(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure(load(_env_file=None, log_level="WARNING", log_format="console"), "pollers")
    log = structlog.get_logger("test")
    log.info("not_shown")
    log.warning("shown", path="/x")
    said = capsys.readouterr().err
    assert "not_shown" not in said
    assert "shown" in said
    assert not said.startswith("{")
