"""A real Valkey of a test's own, which it may kill, and what stands in it."""

import asyncio
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from connectors.embedded.directory import open_directory
from connectors.embedded.processes import dying_with_parent
from connectors.embedded.valkey import valkey_server

_START_SECONDS = 20.0


class Valkey:
    """The embedded server of a data directory; ended with the block, or with the test's process."""

    def __init__(self, data_dir: Path) -> None:
        self._server = valkey_server(open_directory(data_dir), fsync=False)
        self.url = self._server.address
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Returns when it answers."""
        self._process = subprocess.Popen(
            self._server.part.command,
            stdout=subprocess.DEVNULL,
            preexec_fn=dying_with_parent(),
        )
        deadline = time.monotonic() + _START_SECONDS
        while reason := asyncio.run(self._ask()):
            assert time.monotonic() < deadline, reason
            time.sleep(0.02)

    async def _ask(self) -> str:
        return await self._server.part.probe()

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Any]:
        """A plain client, as a producer has it."""
        client = Redis.from_url(self.url)
        try:
            yield client
        finally:
            await client.aclose()
