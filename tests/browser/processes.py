"""The real API and the real workspace as processes of their own, that may be killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from schemas.settings import Settings, as_environment, child_environment
from tests.browser.serving import ROOT, free_port, wait_for
from tests.looking import answers


@dataclass
class Server:
    """`python -m MODULE`, that may be killed and started again at its port."""

    module: str
    settings: Settings
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.settings.data_dir / f"{self.module}-{self.port}.log"

    def start(self) -> None:
        port = {f"{self.module.upper()}_PORT": str(self.port)}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.module],
                env=child_environment(**(as_environment(self.settings) | port)),
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )

    def is_there(self) -> bool:
        path = "/health" if self.module == "api" else "/api/health"
        return answers(self.url + path)

    def kill(self) -> None:
        assert self.process
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def serving_all(*servers: Server) -> Iterator[None]:
    """All of them answer while the block runs."""
    for server in servers:
        server.start()
    try:
        for server in servers:
            wait_for(server.is_there)
        yield
    finally:
        for server in servers:
            server.kill()
