"""The way to the API when a connection breaks."""

import httpx
import pytest

from schemas.errors import Unavailable
from ui.client import ask


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
