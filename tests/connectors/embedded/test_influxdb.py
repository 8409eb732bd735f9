"""Which influxd is embedded, if any."""

from pathlib import Path

import pytest

from connectors.embedded.influxdb import find_influxd
from schemas.errors import UserError
from schemas.settings import Settings, load


def program(folder: Path, says: str) -> Path:
    path = folder / "influxd"
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    return path


def settings(binary: Path | None = None) -> Settings:
    return load(influxd_binary=binary, _env_file=None)


@pytest.fixture(autouse=True)
def _nothing_on_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}/path:/bin")
    monkeypatch.delenv("INFLUXD_BINARY", raising=False)
    (tmp_path / "path").mkdir()


def test_without_any_there_is_none() -> None:
    assert find_influxd(settings()) is None


def test_the_one_on_path_is_taken(tmp_path: Path) -> None:
    path = program(tmp_path / "path", "InfluxDB v2.7.12 (git: abc) build_date: today")
    assert find_influxd(settings()) == (path, "2.7.12")


def test_the_one_that_is_named_wins(tmp_path: Path) -> None:
    program(tmp_path / "path", "InfluxDB v2.7.12 (git: abc)")
    named = program(tmp_path, "InfluxDB 2.7.1 (git: abc)")
    assert find_influxd(settings(named)) == (named, "2.7.1")


def test_one_of_version_1_on_path_is_left_alone(tmp_path: Path) -> None:
    program(tmp_path / "path", "InfluxDB v1.6.7 (git: unknown unknown)")
    assert find_influxd(settings()) is None


@pytest.mark.parametrize("says", ["InfluxDB v1.6.7", "something else", None])
def test_a_wrong_one_that_is_named_is_said_to_a_person(tmp_path: Path, says: str | None) -> None:
    named = program(tmp_path, says) if says else tmp_path / "nothing"
    with pytest.raises(UserError, match="is not an influxd of version 2"):
        find_influxd(settings(named))
