"""An InfluxDB of other people that does not let us in is named before anything starts."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from connectors import reaching
from connectors.embedded.ports import LOOPBACK
from connectors.instance import read_instance
from connectors.reaching import reach_influxdb
from schemas.errors import UserError
from schemas.settings import Settings, child_environment, load
from tests.stack import RunningStack


def named(url: str) -> Settings:
    return load(influxdb_url=url, influxdb_token="guessed", _env_file=None)


def test_nothing_listens_where_influxdb_should_be() -> None:
    with pytest.raises(UserError, match=r"INFLUXDB_URL.*127\.0\.0\.1:9") as raised:
        reach_influxdb(named("http://127.0.0.1:9"))
    assert "correct the address" in raised.value.remedy


def test_something_that_never_answers_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reaching, "_SECONDS", 0.5)
    with socket.create_server((LOOPBACK, 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(UserError, match=rf"INFLUXDB_URL.*:{port} does not answer within"):
            reach_influxdb(named(f"http://{LOOPBACK}:{port}"))


@pytest.mark.stack
def test_a_wrong_token_is_named_and_a_right_one_is_let_in(stack: RunningStack) -> None:
    settings = stack.influx_settings()
    reach_influxdb(settings)
    with pytest.raises(UserError, match="refuses INFLUXDB_TOKEN"):
        reach_influxdb(named(settings.influxdb_url))


@pytest.mark.parametrize("words", [("up",), ("up", "--detach")], ids=["foreground", "detached"])
def test_up_ends_before_anything_starts(tmp_path: Path, words: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "connectors.cli", "--data", str(tmp_path / "data"), *words]
    answer = subprocess.run(
        command,
        env=child_environment(INFLUXDB_URL="http://127.0.0.1:9"),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert answer.returncode == 1
    assert "INFLUXDB_URL" in answer.stderr
    assert read_instance(tmp_path / "data") is None
