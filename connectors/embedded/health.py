"""Whether one of our own processes is ready, by the health page that it serves on loopback."""

import asyncio
import http.client
import json
from urllib.parse import urlsplit

from connectors.embedded.ports import LOOPBACK

_TIMEOUT_SECONDS = 2.0


async def health(port: int) -> str:
    """Why the process on this port is not ready; "" when `GET /health` answers 200."""
    return await asyncio.to_thread(_ask, f"{LOOPBACK}:{port}", "/health")


async def readiness(url: str) -> str:
    """Why the API at this base URL is not ready; "" when `GET /readiness` answers 200."""
    return await asyncio.to_thread(_ask, urlsplit(url).netloc, "/readiness")


async def workspace(url: str) -> str:
    """Why the workspace at this base URL is not ready; "" when `GET /api/health` answers 200."""
    return await asyncio.to_thread(_ask, urlsplit(url).netloc, "/api/health")


def _ask(host: str, path: str) -> str:
    connection = http.client.HTTPConnection(host, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return "" if answer.status == http.client.OK else reason_of(answer.status, answer.read())
    except (OSError, http.client.HTTPException) as error:
        return f"its health page does not answer: {error}"
    finally:
        connection.close()


def reason_of(status: int, body: bytes) -> str:
    """The reason in the page's JSON, or what it says is down, else its status."""
    try:
        said = json.loads(body)
        checks = said.get("checks", {}).items()
        down = ", ".join(name for name, word in checks if word == "down")
        return f"down: {down}" if down else str(said["reason"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"its health page answers {status}"
