"""A log file of 1 GiB through the workspace's route: its memory meanwhile, beside the API's own."""

import threading
import time
from collections.abc import Iterator
from typing import Any, Final

import httpx
import psutil

from schemas.settings import Settings
from tests.bench.measuring import report
from tests.bench.pages import PASSWORD, USER, site
from tests.browser.processes import Server

_GIB: Final = 1024**3
_PIECE: Final = 8 * 1024 * 1024
_CHUNK: Final = 65_536


class Peak:
    """The most memory that a process had since the block began, above what it had then."""

    def __init__(self, server: Server) -> None:
        assert server.process
        self._process = psutil.Process(server.process.pid)
        self._over = threading.Event()
        self._before = self._process.memory_info().rss
        self.most = self._before

    def __enter__(self) -> "Peak":
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    @property
    def mib(self) -> float:
        return round((self.most - self._before) / 2**20, 1)

    def _look(self) -> None:
        while not self._over.wait(0.05):
            self.most = max(self.most, self._process.memory_info().rss)


def run(settings: Settings) -> None:
    """MiB above what each had before, MiB a second."""
    with (
        site(settings, "uploads") as (api, workspace),
        Peak(workspace) as ui,
        Peak(api) as behind,
        _signed_in(workspace) as client,
    ):
        began = time.perf_counter()
        through = _send(client, "/uploads", "upload/through-the-workspace")
        seconds = time.perf_counter() - began
    report(
        "uploads",
        gib=1,
        lines=through["lines"],
        ui_mib_more=ui.mib,
        api_mib_more=behind.mib,
        mib_per_second=round(1024 / seconds, 1),
    )


def _signed_in(workspace: Server) -> httpx.Client:
    client = httpx.Client(base_url=workspace.url, timeout=300, headers={"Origin": workspace.url})
    answer = client.post("/login", data={"username": USER, "password": PASSWORD})
    assert answer.status_code in (200, 303), answer.text
    return client


def _send(client: httpx.Client, path: str, source: str) -> dict[str, Any]:
    asked = {"name": "app.log", "source": source, "size": _GIB}
    answer = client.post(path, json=asked)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    while found["state"] == "open" and found["offset"] < _GIB:
        size = min(_PIECE, _GIB - found["offset"])
        headers = {"Upload-Offset": str(found["offset"]), "Content-Length": str(size)}
        answer = client.put(f"{path}/{found['id']}", content=_piece(size), headers=headers)
        answer.raise_for_status()
        found = answer.json()
    assert found["state"] == "complete", found
    return found


def _piece(size: int) -> Iterator[bytes]:
    line = b"2026-01-01T10:00:00Z web-1 nginx INFO request 4711 took 12 ms from 10.0.3.7\n"
    chunk = line * (_CHUNK // len(line))
    while size:
        yield chunk[:size]
        size -= min(size, len(chunk))
