"""An installation where there is one of everything, for requests that name what there is."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import jwt

from schemas.settings import Settings
from tests.api.piped import until
from tests.api.serving import Served, serving
from tests.workers import Workers

APPS: Final = ("ingest", "persist", "respond")
HOST, SOURCE, METRIC = "web-1", "shop", "cpu_usage"
PASSWORD = "only the fuzzer knows this one"


@dataclass
class Inhabited:
    """A running API with workers; the account that asks is one of its own, an admin."""

    api: Served
    _number: Iterator[int] = field(default_factory=itertools.count)
    _made: dict[str, str] = field(default_factory=dict)
    _token: str = ""

    def headers(self, operation: str) -> dict[str, str]:
        """Credentials for METHOD PATH; a session that may end is a new one each time."""
        if "/webhooks/" in operation:
            return {"X-API-Key": self.api.key}
        if operation == "POST /api/v1/auth/logout":
            return {"Authorization": f"Bearer {self._log_in()}"}
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def token(self) -> str:
        """Of a session that nothing here ends."""
        self._token = self._token or self._log_in()
        return self._token

    def name(self, operation: str) -> tuple[str, str] | None:
        """The parameter of the path of METHOD PATH and what there is of it; None without one.

        What is deleted is made anew each time.
        """
        method, _, path = operation.partition(" ")
        before, _, parameter = path.partition("{")
        if not parameter:
            return None
        if method == "DELETE" or before not in self._made:
            self._made[before] = self._make(before)
        return parameter.partition("}")[0], self._made[before]

    def settle(self) -> None:
        """Makes what comes to be by sending, and waits until it is there."""
        line = {"message": "order 7 was paid", "host": HOST, "service": "shop"}
        point = {"metric": METRIC, "value": 7.5, "host": HOST}
        with self.api.producer() as client:
            body = [line, point, None]  # the last is nothing, which is a dead letter
            answer = client.post("/webhooks/generic", params={"source": SOURCE}, json=body)
            assert answer.status_code == 202, answer.text
        until(lambda: self._items("/patterns"))
        until(lambda: self._items("/hosts"))
        until(lambda: self._items("/dead-letters"))

    def get(self, path: str) -> Any:
        """The JSON of a GET below /api/v1."""
        with self.api.with_token(self.token) as client:
            answer = client.get(f"/api/v1{path}")
        return answer.json() if answer.status_code == 200 else {}

    def _items(self, path: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get(path).get("items", [])
        return found

    def _log_in(self) -> str:
        known = {"username": "fuzzer", "password": PASSWORD}
        if "fuzzer" not in self._made:
            with self.api.client() as admin:
                answer = admin.post("/api/v1/users", json={**known, "role": "admin"})
            assert answer.status_code == 201, answer.text
            self._made["fuzzer"] = str(answer.json()["id"])
        return str(self.api.log_in(**known)["access_token"])

    def _make(self, before: str) -> str:
        number = next(self._number)
        match before:
            case "/api/v1/me/sessions/":
                token = jwt.decode(self._log_in(), options={"verify_signature": False})
                return str(token["sid"])
            case "/api/v1/users/":
                wish = {"username": f"somebody-{number}", "password": "a password of somebody"}
                return self._post("/users", wish)
            case "/api/v1/keys/":
                return self._post("/keys", {"name": f"key {number}"})
            case "/api/v1/uploads/":
                return self._post("/uploads", {"name": "app.log", "source": SOURCE})
            case "/api/v1/alerts/":
                return self._alert(number)
            case "/api/v1/operations/":
                ids = [self._alert(number)]
                return self._post("/alerts:bulk", {"action": "comment", "ids": ids, "text": "x"})
            case "/api/v1/patterns/":
                return str(self._items("/patterns")[0]["uid"])
            case "/api/v1/dead-letters/":
                return str(self._items("/dead-letters")[0]["id"])
            case "/api/v1/sources/":
                return SOURCE
            case _:
                return HOST

    def _alert(self, number: int) -> str:
        wish = {"title": f"alert {number}", "severity": "high", "source": SOURCE}
        self._post("/alerts", wish)
        found = until(lambda: [a for a in self._items("/alerts") if a["title"] == wish["title"]])
        return str(found[0]["id"])

    def _post(self, path: str, wish: dict[str, Any]) -> str:
        with self.api.with_token(self.token) as client:
            answer: httpx.Response = client.post(f"/api/v1{path}", json=wish)
        assert answer.is_success, answer.text
        found = answer.json()
        return str(found.get("operation") or found["id"])


@contextmanager
def inhabited(settings: Settings) -> Iterator[Inhabited]:
    """Workers and API while the block runs; topics and tables exist."""
    with Workers(settings, APPS), serving(settings) as api:
        found = Inhabited(api)
        found.settle()
        yield found
