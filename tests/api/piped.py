"""An API with the workers behind it, and what tests ask of both."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from schemas.settings import Settings
from tests.api.serving import Served, serving
from tests.stack import RunningStack
from tests.workers import Workers, installation

PATIENCE_SECONDS = 150.0
_NOTHING = {"accepted": 0, "stored": 0, "in_flight": 0, "dead_lettered": 0, "last_error": None}


@dataclass(frozen=True)
class Piped:
    """Workers of ingest and persist, and an API on the same topics and tables."""

    workers: Workers
    api: Served

    @property
    def settings(self) -> Settings:
        return self.workers.settings

    def get(self, path: str, **parameters: Any) -> Any:
        """The JSON of a GET that has to succeed, on a machine that may be busy."""

        def asked() -> httpx.Response | None:
            with self.api.client() as client:
                answer = client.get(f"/api/v1{path}", params=parameters)
            return None if answer.status_code == 503 else answer

        answer = until(asked)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        """The JSON of a POST that has to answer `status`."""
        with self.api.client() as client:
            answer = client.post(f"/api/v1{path}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    def book(self, source: str, kind: str = "lines") -> dict[str, Any]:
        """What /sources says of one source; all zero before it is known."""
        with self.api.client() as client:
            answer = client.get(f"/api/v1/sources/{quote(source, safe='')}")
        if answer.status_code in (404, 503):
            return dict(_NOTHING)
        assert answer.status_code == 200, answer.text
        items = [item for item in answer.json()["items"] if item["kind"] == kind]
        found: dict[str, Any] = items[0]
        return found

    def settled(self, source: str, accepted: int) -> dict[str, Any]:
        """Its book when so much was accepted and nothing is in flight."""

        def there() -> dict[str, Any] | None:
            self.workers.restart_dead()
            book = self.book(source)
            return book if book["accepted"] >= accepted and book["in_flight"] == 0 else None

        settled: dict[str, Any] = until(there, lambda: self.book(source))
        return settled


def until(look: Callable[[], Any], say: Callable[[], Any] = lambda: "") -> Any:
    """What `look` gives when it gives anything; fails with what `say` says."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not (found := look()):
        assert time.monotonic() < end, say()
        time.sleep(0.3)
    return found


@contextmanager
def piping(stack: RunningStack, **overrides: object) -> Iterator[Piped]:
    """Both while the block runs."""
    settings = installation(stack, **overrides)
    with Workers(settings, ("ingest", "persist")) as workers, serving(settings) as api:
        yield Piped(workers, api)
