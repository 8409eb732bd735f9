"""The supervisor's question and our processes' health page understand each other."""

import asyncio
import socket

import pytest

from connectors.embedded.health import health, reason_of
from connectors.embedded.ports import LOOPBACK
from connectors.health import health_page


@pytest.fixture
def port() -> int:
    with socket.create_server((LOOPBACK, 0)) as server:
        return int(server.getsockname()[1])


def test_a_process_is_ready_when_its_page_says_so(port: int) -> None:
    with health_page(port, lambda: ""):
        assert asyncio.run(health(port)) == ""


def test_the_reason_of_the_page_is_the_reason_of_the_part(port: int) -> None:
    with health_page(port, lambda: "rebalancing"):
        assert asyncio.run(health(port)) == "rebalancing"


def test_no_page_is_a_reason(port: int) -> None:
    assert "does not answer" in asyncio.run(health(port))


def test_what_is_down_is_a_reason() -> None:
    body = b'{"status": "unhealthy", "checks": {"postgres": "down", "disk": "ok", "redis": "down"}}'
    assert reason_of(503, body) == "down: postgres, redis"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}"])
def test_a_page_without_reason_is_told_by_its_status(body: bytes) -> None:
    assert reason_of(502, body) == "its health page answers 502"
