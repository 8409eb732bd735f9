"""API processes that tests share: one for what a module itself sends, one over counted lines."""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.stores.migrate import migrate
from tests.api.inhabited import Inhabited, inhabited
from tests.api.piped import Piped, piping
from tests.api.reads import Counted, counted
from tests.api.serving import Served, serving
from tests.connectors.sources.support import fresh
from tests.stack import RunningStack
from tests.workers import installation


@pytest.fixture(scope="module")
def api(stack: RunningStack) -> Iterator[Served]:
    """A running API with topics and tables of its own and the shipped settings."""
    with tempfile.TemporaryDirectory(prefix="foreshock-api-") as name:
        settings = asyncio.run(fresh(stack, Path(name)))
        migrate(settings.database_url.get_secret_value())
        with serving(settings) as served:
            yield served


@pytest.fixture(scope="session")
def logs(stack: RunningStack) -> Iterator[Counted]:
    """An API over a stream with a known truth; tests only read. Group: `reads`."""
    with counted(stack) as found:
        yield found


@pytest.fixture(scope="session")
def piped(stack: RunningStack) -> Iterator[Piped]:
    """One API with workers, for tests that keep to sources of their own."""
    with piping(stack, disk_floor_gib=0.05) as found:
        yield found


@pytest.fixture(scope="session")
def found(stack: RunningStack) -> Iterator[Inhabited]:
    """Where there is one of everything; requests made by machines go there. Group: `fuzzing`."""
    with inhabited(installation(stack)) as one:
        yield one
