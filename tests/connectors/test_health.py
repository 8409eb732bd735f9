"""The health page as a probe and as Prometheus see it."""

import json
import socket
import urllib.error
import urllib.request

import pytest

from connectors.health import health_page
from schemas.errors import UserError


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(port: int, path: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_ready_and_not_ready_with_the_reason() -> None:
    faults = [""]
    port = free_port()
    with health_page(port, lambda: faults[0]):
        status, body = get(port, "/health")
        assert (status, json.loads(body)) == (200, {"ready": True, "reason": ""})
        faults[0] = "Kafka is unavailable"
        status, body = get(port, "/health")
        assert (status, json.loads(body)["reason"]) == (503, "Kafka is unavailable")
        assert get(port, "/elsewhere")[0] == 404


def test_metrics_are_served() -> None:
    port = free_port()
    with health_page(port, lambda: ""):
        status, body = get(port, "/metrics")
    assert status == 200
    assert b"python_info" in body


def test_the_port_is_free_again_afterwards_and_a_taken_one_is_said() -> None:
    port = free_port()
    with (
        health_page(port, lambda: ""),
        pytest.raises(UserError, match=str(port)),
        health_page(port, lambda: ""),
    ):
        pass
    with health_page(port, lambda: ""):
        assert get(port, "/health")[0] == 200


def test_port_0_serves_nothing() -> None:
    with health_page(0, lambda: ""):
        pass
