"""Answers of the API that pass through to a browser, as they come."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple, cast

import httpx

from ui.client import Client
from ui.visit import visit


class Stream(NamedTuple):
    """An answer whose head is read; its body must be read to its end, or `closed`."""

    answer: httpx.Response
    passing: AbstractAsyncContextManager[httpx.Response]

    async def body(self) -> AsyncIterator[bytes]:
        """Piece by piece; nothing is kept, and the connection is given back at its end."""
        try:
            async for part in self.answer.aiter_bytes():
                yield part
        finally:
            await self.closed()

    async def closed(self) -> None:
        """Gives the connection back."""
        await self.passing.__aexit__(None, None, None)


async def stream_of(path: str, headers: Mapping[str, str]) -> Stream:
    """A GET with the visitor's rights. Raises SessionEnded, Unavailable."""
    passing = client().passing("GET", path, headers)
    return Stream(await passing.__aenter__(), passing)


def client() -> Client:
    """The visitor's; the middleware always gives this one."""
    return cast("Client", visit().api)


def kept(headers: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    """Those of the headers that are passed on."""
    return {name: headers[name] for name in names if name in headers}
