"""A bare FastAPI application in a process of its own: what the API is compared with."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from connectors.embedded.ports import remembered_port


@contextmanager
def bare_server(directory: Path, app: str, *options: str) -> Iterator[tuple[str, int]]:
    """The address and the process of `app`, "module:name", under uvicorn; ends with the block."""
    port = remembered_port(directory / "ports.json", "bare")
    command = ["uvicorn", app, "--port", str(port), "--no-access-log", "--loop", "uvloop"]
    process = subprocess.Popen(
        [sys.executable, "-m", *command, *options],
        cwd=Path(__file__).parents[2],
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        while not _answers(url):
            time.sleep(0.05)
        yield url, process.pid
    finally:
        process.terminate()
        process.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 404
    except httpx.TransportError:
        return False
