"""One Chromium and one workspace a module: playwright's loop must end before other tests begin."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.screens import browsing
from tests.browser.serving import Workspace, chromium, workspace


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium."""
    with browsing(chromium()) as one:
        yield one


@pytest.fixture(scope="module")
def served(browser: Browser) -> Iterator[Workspace]:
    """The workspace's process; the fake's knobs are as they were when a test is done."""
    with (
        tempfile.TemporaryDirectory(prefix="foreshock-ui-") as name,
        workspace(Path(name)) as one,
    ):
        yield one
