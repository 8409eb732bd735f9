"""The way to the API: one connection pool a process, the visitor's token on each request.

A token that is over is renewed once, for all requests that wait for it. Renewal is single-flight
in this process, which remembers what followed until every answer with the new cookies is out. Of
several processes that renew at once each gets the same answer from the API, which takes the
previous refresh token for another 10 s.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, Final

import httpx

from schemas.errors import Unavailable
from ui.problems import SessionEnded, SessionStale, problem_of
from ui.tokens import Tokens, tokens_of

_TIMEOUT: Final = httpx.Timeout(20.0, connect=3.0)
# What passes through: the API reads on when the pipeline has caught up, which may take a while.
_PATIENT: Final = httpx.Timeout(300.0, connect=3.0, pool=20.0)
_KEPT_SECONDS: Final = 300.0  # a browser knows its new tokens when the slowest answer is there
_LIMITS: Final = httpx.Limits(max_connections=200, max_keepalive_connections=50)
_ROOT: Final = "/api/v1"
_BROKEN: Final = (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)
_REPEATABLE: Final = (f"{_ROOT}/auth/refresh",)  # the token before the newest still counts a while


def http_client(url: str, secret: str) -> httpx.AsyncClient:
    """To the API at this base URL; `secret` says that it is the UI that asks."""
    headers = {"X-Foreshock-UI": secret} if secret else {}
    return httpx.AsyncClient(
        base_url=url, headers=headers, timeout=_TIMEOUT, limits=_LIMITS, trust_env=False
    )


class Renewals:
    """Renews tokens, each once a process however many requests wait for it."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self._running: dict[str, asyncio.Task[Tokens]] = {}

    async def renew(self, old: Tokens, headers: dict[str, str]) -> Tokens:
        """The tokens that follow, the newest that are known. Raises SessionEnded, Unavailable."""
        following = await asyncio.shield(self._task(old, headers))
        while task := self._running.get(following.refresh):
            following = await asyncio.shield(task)
        return following

    def _task(self, old: Tokens, headers: dict[str, str]) -> "asyncio.Task[Tokens]":
        task = self._running.get(old.refresh)
        if task is None:
            task = asyncio.create_task(self._ask(old, headers))
            self._running[old.refresh] = task
            task.add_done_callback(lambda done: self._forget_later(old.refresh, done))
        return task

    def _forget_later(self, refresh: str, done: "asyncio.Task[Tokens]") -> None:
        # A failure is forgotten at once, so that the next request tries again.
        failed = done.cancelled() or done.exception() is not None
        delay = 0.0 if failed else _KEPT_SECONDS
        asyncio.get_running_loop().call_later(delay, self._running.pop, refresh, None)

    async def _ask(self, old: Tokens, headers: dict[str, str]) -> Tokens:
        body = {"refresh_token": old.refresh}
        status, answer = await ask(
            self._http, "POST", f"{_ROOT}/auth/refresh", json=body, headers=headers
        )
        if status == HTTPStatus.UNAUTHORIZED:
            raise SessionEnded("signed out")
        if status != HTTPStatus.OK:
            raise problem_of(status, answer)
        return tokens_of(answer)


class Client:
    """The API for one visitor; `tokens` are the newest that it knows.

    With `may_renew=False` (websockets, which cannot set cookies) a token that is over raises
    SessionStale.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        renewals: Renewals,
        tokens: Tokens,
        headers: dict[str, str],
        *,
        may_renew: bool = True,
    ) -> None:
        self._http = http
        self._renewals = renewals
        self._headers = headers
        self._may_renew = may_renew
        self.tokens = tokens
        self.given = tokens

    @property
    def renewed(self) -> bool:
        """Whether the browser has to be told of other tokens."""
        return self.tokens.refresh != self.given.refresh

    async def hold(self, seconds: float) -> float:
        """Renews a token that is over within so many seconds; how many it is good for then.

        Raises SessionEnded, SessionStale, Unavailable.
        """
        if self.tokens.is_over(time.time() + seconds):
            await self._renew()
        return self.tokens.left(time.time())

    async def get(self, path: str, **params: Any) -> Any:
        """See visit.Api."""
        kept = {name: value for name, value in params.items() if value is not None}
        return await self._request("GET", path, params=kept)

    async def send(
        self, method: str, path: str, body: Any = None, *, if_match: int | None = None
    ) -> Any:
        """See visit.Api."""
        headers = {} if if_match is None else {"If-Match": f'"{if_match}"'}
        return await self._request(method, path, json=body, headers=headers)

    @asynccontextmanager
    async def passing(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: AsyncIterator[bytes] | None = None,
    ) -> AsyncIterator[httpx.Response]:
        """The API's answer, whatever its status, with its body still to be read.

        `body` goes out as it comes, so it goes once: with one, a token that ends on the way is
        answered with 401, and the next request renews it. Raises SessionEnded, Unavailable.
        """
        if self.tokens.is_over(time.time()):
            await self._renew()
        own = {**self._headers, **headers, "Authorization": f"Bearer {self.tokens.access}"}
        request = self._http.build_request(
            method, f"{_ROOT}{path}", headers=own, content=body, timeout=_PATIENT
        )
        try:
            answer = await self._http.send(request, stream=True)
            try:
                yield answer
            finally:
                await answer.aclose()
        except httpx.TimeoutException as error:
            raise Unavailable("the API", "no answer in time") from error
        except httpx.TransportError as error:
            raise Unavailable("the API", "it cannot be reached") from error

    async def _request(self, method: str, path: str, **options: Any) -> Any:
        if self.tokens.is_over(time.time()):
            await self._renew()
        status, answer = await self._once(method, path, **options)
        if status == HTTPStatus.UNAUTHORIZED:
            await self._renew()
            status, answer = await self._once(method, path, **options)
        if status == HTTPStatus.UNAUTHORIZED:
            raise SessionEnded("signed out")
        if status >= HTTPStatus.BAD_REQUEST:
            raise problem_of(status, answer)
        return answer

    async def _once(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        own = {**self._headers, **options.pop("headers", {})}
        own["Authorization"] = f"Bearer {self.tokens.access}"
        return await ask(self._http, method, f"{_ROOT}{path}", headers=own, **options)

    async def _renew(self) -> None:
        if not self._may_renew:
            raise SessionStale("the access token is over")
        self.tokens = await self._renewals.renew(self.tokens, self._headers)


async def ask(http: httpx.AsyncClient, method: str, path: str, **options: Any) -> tuple[int, Any]:
    """Status and JSON (None where there is none). Raises Unavailable.

    A connection that breaks may have been to one of several processes of the API: what changes
    nothing, or the same once more, is asked again of the next.
    """
    try:
        try:
            answer = await http.request(method, path, **options)
        except _BROKEN:
            if method != "GET" and path not in _REPEATABLE:
                raise
            answer = await http.request(method, path, **options)
    except httpx.TimeoutException as error:
        raise Unavailable("the API", "no answer in time") from error
    except httpx.TransportError as error:
        raise Unavailable("the API", "it cannot be reached") from error
    if not answer.content:
        return answer.status_code, None
    try:
        return answer.status_code, answer.json()
    except ValueError as error:
        if answer.is_success:
            raise Unavailable("the API", "its answer is no JSON; is UI_API_URL right?") from error
        return answer.status_code, None
