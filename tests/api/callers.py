"""Routes with what they ask, and everybody who may call them: each role, and who is none."""

import time
from collections.abc import Iterator
from typing import NamedTuple

import jwt
from fastapi import FastAPI
from fastapi.routing import APIRoute, APIWebSocketRoute, iter_route_contexts

from api.unreadable import permits_of
from connectors.instance import signing_key_file
from schemas.roles import Permission, Role
from tests.api.serving import Served

PLACE = "0" * 32  # stands for every parameter of a path: nothing has this name


class Route(NamedTuple):
    """One method of one address; `method` is "" for a WebSocket."""

    method: str
    path: str
    permissions: list[Permission]

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}".strip()

    @property
    def url(self) -> str:
        """The path with `PLACE` for its parameters."""
        parts = self.path.split("/")
        return "/".join(PLACE if part.startswith("{") else part for part in parts)


class Who(NamedTuple):
    """One caller, as a request presents it."""

    name: str
    headers: dict[str, str]
    role: Role | None = None
    producer: bool = False


def routes(app: FastAPI) -> Iterator[Route]:
    """Each, however deep it was nested; what is no route of ours asks nothing."""
    for route in iter_route_contexts(app.routes):
        known = isinstance(route.original_route, APIRoute | APIWebSocketRoute)
        asked = [one.permission for one in permits_of(route.dependant)] if known else []
        for method in sorted(route.methods or [""]):
            yield Route(method, str(route.path), asked)


def everybody(api: Served) -> list[Who]:
    """Every role, nobody, and who presents what is not, or no longer, worth anything."""
    own = {role: _token(api, role) for role in Role}
    claims = jwt.decode(own[Role.ADMIN], options={"verify_signature": False})
    header = {"kid": jwt.get_unverified_header(own[Role.ADMIN])["kid"]}
    key = signing_key_file(api.settings.data_dir).read_text().strip()
    late = jwt.encode(claims | {"exp": int(time.time()) - 60}, key, "HS256", header)
    forged = jwt.encode(claims, "another key than that of this server", "HS256", header)
    unsigned = jwt.encode(claims, "", "none", header)
    return [
        *(Who(role, _bearer(token), role) for role, token in own.items()),
        Who("nobody", {}),
        Who("an expired token", _bearer(late)),
        Who("a token of another key", _bearer(forged)),
        Who("an unsigned token", _bearer(unsigned)),
        Who("a wrong key", {"X-API-Key": "fsk_" + "0" * 43}),
        Who("a producer", {"X-API-Key": api.key}, producer=True),
        Who("a producer as bearer", _bearer(api.key), producer=True),
    ]


def _token(api: Served, role: Role) -> str:
    with api.as_role(role):
        return api.tokens[role]


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
