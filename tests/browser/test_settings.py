"""The workspace as its settings say, under the names that others use for them; no browser."""

import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.browser.serving import Workspace, free_port, workspace

SECRET = "what the workspace is known by at the API"
PUBLIC = "https://ops.example.com"


@pytest.fixture(scope="module")
def set_up() -> Iterator[Workspace]:
    """Behind a proxy with a name of its own, two processes, nothing to analyse."""
    with tempfile.TemporaryDirectory(prefix="foreshock-ui-") as name:
        secret = Path(name) / "secret"
        secret.write_text(f"{SECRET}\n")
        found = workspace(
            Path(name),
            api_variable="NEXT_PUBLIC_API_URL",
            NEXT_PUBLIC_WS_URL=f"ws://127.0.0.1:{free_port()}",
            NEXT_PUBLIC_ENABLE_ANALYTICS="false",
            NEXTAUTH_URL=PUBLIC,
            NEXTAUTH_SECRET_FILE=str(secret),
            UI_HOST="127.0.0.1",
            UI_WORKERS="2",
            ENVIRONMENT="production",
        )
        with found as served:
            yield served


def sign_in(served: Workspace, origin: str) -> httpx.Response:
    typed = {"username": "ada", "password": "right-password"}
    headers = {"Origin": origin, "Host": "ops.example.com"}
    return httpx.post(f"{served.url}/login", data=typed, headers=headers)


def test_the_public_address_is_where_people_come_from(set_up: Workspace) -> None:
    assert sign_in(set_up, set_up.url).status_code == 403
    answer = sign_in(set_up, PUBLIC)
    assert answer.status_code == 303
    cookies = answer.headers.get_list("set-cookie")
    assert [cookie.startswith("__Host-foreshock-") for cookie in cookies] == [True, True]
    assert all("Secure" in cookie and "HttpOnly" in cookie for cookie in cookies)


def test_the_api_is_where_it_says_and_knows_who_asks(set_up: Workspace) -> None:
    before = len(set_up.fake.calls)
    sign_in(set_up, PUBLIC)
    _method, path, headers = set_up.fake.calls[before]
    assert path == "/api/v1/auth/login"
    assert headers["x-foreshock-ui"] == SECRET


def test_as_many_processes_serve_it_as_were_asked_for(set_up: Workspace) -> None:
    children = psutil.Process(set_up.pid).children()
    serving = [child for child in children if "spawn_main" in " ".join(child.cmdline())]
    assert len(serving) == 2


def test_nothing_to_analyse_and_nothing_for_developers(set_up: Workspace) -> None:
    cookies = dict(
        cookie.partition(";")[0].split("=", 1)
        for cookie in sign_in(set_up, PUBLIC).headers.get_list("set-cookie")
    )
    headers = {"Host": "ops.example.com", "Origin": PUBLIC}
    answer = httpx.get(f"{set_up.url}/_dash-layout", cookies=cookies, headers=headers)
    assert answer.status_code == 200, answer.text
    menu = re.findall(r'"data-nav": *"([^"]+)"', json.dumps(answer.json()))
    assert "/alerts" in menu
    assert "/metrics" not in menu
    assert "/_styleguide" not in menu
