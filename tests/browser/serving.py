"""The workspace for browser tests: its real process, on an API of the contract that tests steer."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from schemas.settings import child_environment
from tests.looking import answers
from tests.ui.answers import filled
from tests.ui.fake_api import Fake, create_fake

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 120.0


@dataclass
class Workspace:
    """A running workspace, and the API behind it."""

    url: str
    fake: Fake
    loop: asyncio.AbstractEventLoop
    pid: int

    def publish(self, topic: str, kind: str, data: dict[str, Any]) -> None:
        """An event of the API, to every live connection."""
        sending = self.fake.publish(topic, kind, data)
        asyncio.run_coroutine_threadsafe(sending, self.loop).result(PATIENCE_SECONDS)


def chromium() -> str:
    """The browser; without one tests are skipped, but fail where CI promises one."""
    found = os.environ.get("CHROMIUM_BINARY") or shutil.which("chromium")
    if found:
        return found
    reason = "no Chromium: set CHROMIUM_BINARY, or install it (apt-get install chromium)"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def free_port() -> int:
    """A port that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def fake_api(fake: Fake) -> Iterator[tuple[str, asyncio.AbstractEventLoop]]:
    """Serves the fake in a thread while the block runs."""
    port, loop = free_port(), asyncio.new_event_loop()
    config = uvicorn.Config(
        create_fake(fake),
        port=port,
        log_config=None,
        ws="websockets-sansio",
        loop="asyncio",
        lifespan="off",
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: loop.run_until_complete(server.serve()))
    thread.start()
    try:
        wait_for(lambda: server.started)
        yield f"http://127.0.0.1:{port}", loop
    finally:
        server.should_exit = server.force_exit = True
        thread.join(PATIENCE_SECONDS)
        loop.close()


@contextmanager
def workspace(
    data_dir: Path, *, api_variable: str = "UI_API_URL", **environment: str
) -> Iterator[Workspace]:
    """`python -m ui` while the block runs; `api_variable` tells it where the API is."""
    fake = Fake()
    filled(fake)
    port = free_port()
    with fake_api(fake) as (api, loop), (data_dir / "ui.log").open("wb") as log:
        changes = {api_variable: api, "UI_PORT": str(port), "FORESHOCK_DATA": str(data_dir)}
        process = subprocess.Popen(
            [sys.executable, "-m", "ui"],
            env=child_environment(**changes, **environment),
            cwd=ROOT,
            stdout=log,
            stderr=log,
        )
        url = f"http://127.0.0.1:{port}"
        try:
            wait_for(lambda: answers(f"{url}/api/health"))
            yield Workspace(url, fake, loop, process.pid)
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)


def wait_for(true: Any) -> None:
    """Until it is so."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < until, "it never became so"
        time.sleep(0.1)
