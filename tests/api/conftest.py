"""One API process for the tests of a module that only read what they themselves sent."""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.stores.migrate import migrate
from tests.api.serving import Served, serving
from tests.connectors.sources.support import fresh
from tests.stack import RunningStack


@pytest.fixture(scope="module")
def api(stack: RunningStack) -> Iterator[Served]:
    """A running API with topics and tables of its own and the shipped settings."""
    with tempfile.TemporaryDirectory(prefix="foreshock-api-") as name:
        settings = asyncio.run(fresh(stack, Path(name)))
        migrate(settings.database_url.get_secret_value())
        with serving(settings) as served:
            yield served
