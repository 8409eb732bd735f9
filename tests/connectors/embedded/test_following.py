"""An influxd that comes or goes does not decide where the metrics of an installation are kept."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.embedded.directory import Directory, open_directory
from connectors.embedded.stack import stores
from connectors.stores.history.choice import settle
from connectors.stores.migrate import migrate
from schemas.settings import Settings, load
from tests.stack import RunningStack


@pytest.fixture
def directory() -> Iterator[Directory]:
    top = Path(tempfile.gettempdir()) / f"foreshock-following-{os.getpid()}"  # anybody may cross it
    top.mkdir(mode=0o755)
    yield open_directory(top / "data")
    shutil.rmtree(top)


@pytest.fixture(autouse=True)
def on_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    program = tmp_path / "influxd"
    program.write_text("#!/bin/sh\necho 'InfluxDB v2.7.12 (git: abc)'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return program


def own(**overrides: Any) -> Settings:
    given = {"database_url": "", "influxdb_url": "", "influxd_binary": None, "_env_file": None}
    return load(**{**given, "redis_enabled": False, **overrides})


def names(settings: Settings, directory: Directory) -> list[str]:
    return [part.name for part in stores(settings, directory).stages[0].parts]


def keep_something(directory: Directory) -> None:
    """As after a first start of the database."""
    command = stores(own(), directory).stages[0].parts[0].command
    data = Path(command[command.index("-D") + 1])
    data.mkdir(parents=True)
    (data / "PG_VERSION").touch()
    for path in (data, data / "PG_VERSION"):
        os.chown(path, *owner(data.parent))


def owner(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_uid, status.st_gid


def test_the_first_start_takes_the_one_on_path(directory: Directory) -> None:
    assert names(own(), directory) == ["postgres", "influxdb"]


def test_one_that_appears_later_changes_nothing_unless_it_is_named(
    directory: Directory, on_path: Path
) -> None:
    keep_something(directory)
    assert names(own(), directory) == ["postgres"]
    assert names(own(influxd_binary=on_path), directory) == ["postgres", "influxdb"]


def test_the_one_that_has_kept_them_goes_on(directory: Directory) -> None:
    keep_something(directory)
    directory.influxdb.mkdir()
    (directory.influxdb / "influxd.bolt").touch()
    assert names(own(), directory) == ["postgres", "influxdb"]


@pytest.mark.stack
async def test_the_record_of_an_outside_database_is_followed(
    stack: RunningStack, directory: Directory
) -> None:
    outside = stack.settings()
    settings = own(database_url=outside.database_url)
    assert names(settings, directory) == ["influxdb"]
    migrate(outside.database_url.get_secret_value())
    assert names(settings, directory) == ["influxdb"]
    await settle(outside)
    assert names(settings, directory) == []
