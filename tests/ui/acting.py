"""A visit for tests of callbacks: a client that answers from a dictionary and notes all."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from zoneinfo import ZoneInfo

from dash._callback_context import context_value
from dash._utils import AttributeDict

from schemas.errors import Unavailable
from schemas.roles import Role
from ui.problems import ApiProblem
from ui.visit import Me, Visit, visiting

ADA = Me("u1", "ada", "Ada Lovelace", Role.ADMIN)


class Turns(list[Any]):
    """Answers of one path, one after the other."""


class FakeClient:
    """`answers`: path, or "POST /path", → JSON, or an error to raise; a path unknown is a 404."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self._answers = answers
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.sent: list[tuple[str, str, Any, int | None]] = []

    async def get(self, path: str, **params: Any) -> Any:
        """See ui.visit.Api."""
        self.asked.append((path, params))
        return self._answer(path)

    async def send(
        self, method: str, path: str, body: Any = None, *, if_match: int | None = None
    ) -> Any:
        """See ui.visit.Api."""
        self.sent.append((method, path, body, if_match))
        return self._answer(f"{method} {path}")

    def _answer(self, key: str) -> Any:
        if key not in self._answers:
            raise ApiProblem(404, "not-found", f"there is no {key}", "7f3a")
        answer = self._answers[key]
        if isinstance(answer, Turns):
            answer = answer.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@contextmanager
def triggered(id: str, value: Any, prop: str = "n_clicks") -> Iterator[None]:
    """Code inside runs as a callback that this property of a component has called."""
    said = AttributeDict(triggered_inputs=[{"prop_id": f"{id}.{prop}", "value": value}])
    token = context_value.set(said)
    try:
        yield
    finally:
        context_value.reset(token)


DOWN = Unavailable("the API", "it cannot be reached")


@contextmanager
def acting(
    answers: Mapping[str, Any],
    *,
    me: Me | None = ADA,
    zone: str = "Europe/Berlin",
    phone: bool = False,
) -> Iterator[FakeClient]:
    """Code inside runs as Ada in Berlin, whose API answers like this."""
    client = FakeClient(answers)
    with visiting(Visit(client, me, "s1", ZoneInfo(zone), phone)):
        yield client
