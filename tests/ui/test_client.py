"""The way to the API when a connection breaks."""

import json

import httpx
import pytest

from schemas.errors import Unavailable
from ui.client import _KEPT_SECONDS, _PATIENT, Renewals, ask
from ui.tokens import Tokens


class Breaking:
    """Breaks the first connections, then answers; `asked` counts."""

    def __init__(self, breaks: int) -> None:
        self.breaks = breaks
        self.asked = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self.asked <= self.breaks:
            raise httpx.RemoteProtocolError("Server disconnected", request=request)
        return httpx.Response(200, json={"done": True})


def client_of(api: Breaking) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.MockTransport(api), base_url="http://api")


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/api/v1/alerts"), ("POST", "/api/v1/auth/refresh")]
)
async def test_what_may_be_repeated_is_asked_of_the_next(method: str, path: str) -> None:
    api = Breaking(1)
    async with client_of(api) as http:
        assert await ask(http, method, path) == (200, {"done": True})
    assert api.asked == 2


@pytest.mark.parametrize(
    ("method", "path", "breaks", "asked"),
    [("POST", "/api/v1/alerts/1/comments", 1, 1), ("GET", "/api/v1/alerts", 2, 2)],
)
async def test_what_may_not_and_what_breaks_again_is_said(
    method: str, path: str, breaks: int, asked: int
) -> None:
    api = Breaking(breaks)
    async with client_of(api) as http:
        with pytest.raises(Unavailable, match="cannot be reached"):
            await ask(http, method, path)
    assert api.asked == asked


async def test_who_comes_with_old_tokens_gets_the_newest() -> None:
    """A slow answer brings its cookies late: what comes meanwhile must not renew once more."""
    asked: list[str] = []

    def api(request: httpx.Request) -> httpx.Response:
        given = json.loads(request.content)["refresh_token"]
        asked.append(given)
        following = f"r{int(given[1:]) + 1}"
        return httpx.Response(200, json={"access_token": "", "refresh_token": following})

    first = Tokens("", "r0", 0)
    async with httpx.AsyncClient(transport=httpx.MockTransport(api), base_url="http://api") as http:
        renewals = Renewals(http)
        second = await renewals.renew(first, {})
        third = await renewals.renew(second, {})
        assert (second.refresh, third.refresh) == ("r1", "r2")
        assert await renewals.renew(first, {}) == third
    assert asked == ["r0", "r1"]
    assert _PATIENT.read is not None
    assert _PATIENT.read <= _KEPT_SECONDS
