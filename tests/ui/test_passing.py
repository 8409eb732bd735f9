"""What passes through the workspace: files in, raw bytes out, in constant memory."""

from collections.abc import Iterator

import httpx
import psutil
import pytest
from starlette.responses import Response

from tests.browser.serving import Workspace, workspace
from tests.ui.fake_api import problem

MIB = 1024 * 1024
BLOCK = b"a line of a log file, again and again, with some words in it......\n" * 978
ORIGIN = {"sec-fetch-site": "same-origin"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with workspace(tmp_path_factory.mktemp("ui")) as one:
        yield one


@pytest.fixture
def browser(served: Workspace) -> Iterator[httpx.Client]:
    """Signed in."""
    headers = {"origin": served.url}
    with httpx.Client(base_url=served.url, timeout=180, trust_env=False, headers=headers) as one:
        typed = {"username": "ada", "password": "right-password"}
        assert one.post("/login", data=typed).status_code == 303
        yield one


def begun(browser: httpx.Client, size: int, name: str = "app.log") -> str:
    wish = {"name": name, "source": "shop", "size": size}
    answer = browser.post("/uploads", json=wish)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def test_a_large_file_passes_without_being_held(served: Workspace, browser: httpx.Client) -> None:
    process = psutil.Process(served.pid)
    blocks = 200 * MIB // len(BLOCK)
    size = blocks * len(BLOCK)
    small = begun(browser, len(BLOCK))
    browser.put(f"/uploads/{small}", content=BLOCK, headers={"Upload-Offset": "0"})
    before, peak = process.memory_info().rss, 0

    def body() -> Iterator[bytes]:
        nonlocal peak
        for number in range(blocks):
            if number % 32 == 0:
                peak = max(peak, process.memory_info().rss)
            yield BLOCK

    headers = {"Upload-Offset": "0", "Content-Length": str(size)}
    answer = browser.put(f"/uploads/{begun(browser, size)}", content=body(), headers=headers)
    said = answer.json()
    assert (said["state"], said["offset"]) == ("complete", size)
    assert said["lines"] == 978 * blocks
    assert peak - before < 50 * MIB


def test_a_piece_says_where_the_next_begins(served: Workspace, browser: httpx.Client) -> None:
    id = begun(browser, 20)
    first = browser.put(f"/uploads/{id}", content=b"0123456789", headers={"Upload-Offset": "0"})
    assert first.json()["offset"] == 10
    again = browser.put(f"/uploads/{id}", content=b"0123456789", headers={"Upload-Offset": "0"})
    assert again.status_code == 409
    assert again.headers["upload-offset"] == "10"
    assert again.json()["detail"] == "the next piece begins at byte 10"
    served.fake.uploads.breaks = 1
    broken = browser.put(f"/uploads/{id}", content=b"01234", headers={"Upload-Offset": "10"})
    assert broken.status_code == 503
    assert browser.get(f"/uploads/{id}").json()["offset"] == 15


def test_refusals_come_with_the_reason(served: Workspace, browser: httpx.Client) -> None:
    wish = {"name": "logs.zip", "source": "shop", "size": 3}
    refused = browser.post("/uploads", json=wish)
    assert refused.status_code == 415
    assert refused.json()["detail"] == "unpack it, and send what is in it"
    assert browser.get("/uploads/nothing").status_code == 404
    browser.get("/uploads/..%2F..%2Fkeys")
    assert not any("keys" in path for _, path, _ in served.fake.calls)


def test_it_is_behind_the_session_and_its_origin(served: Workspace, browser: httpx.Client) -> None:
    with httpx.Client(base_url=served.url, trust_env=False) as stranger:
        own = {"origin": served.url}
        assert stranger.put("/uploads/up1", content=b"x", headers=own).status_code == 401
        assert stranger.get("/dead-letters/0-1/raw").status_code == 401
    foreign = {"origin": "https://evil.example", "Upload-Offset": "0"}
    for answer in (
        browser.put("/uploads/up1", content=b"x", headers=foreign),
        browser.post("/uploads", json={}, headers=foreign),
    ):
        assert answer.status_code == 403
        assert "came from another site" in answer.text


def test_a_token_that_is_over_is_renewed_on_the_way(
    served: Workspace, browser: httpx.Client
) -> None:
    id = begun(browser, 5)
    name = next(name for name in browser.cookies if name.endswith("-access"))
    browser.cookies.delete(name)
    answer = browser.put(f"/uploads/{id}", content=b"01234", headers={"Upload-Offset": "0"})
    assert answer.json()["state"] == "complete"
    assert any(name in line for line in answer.headers.get_list("set-cookie"))


def test_raw_bytes_are_a_download_with_the_visitors_rights(
    served: Workspace, browser: httpx.Client
) -> None:
    data = b"<script>alert(1)</script>\x00\xff" * 1000
    disposition = {"content-disposition": 'attachment; filename="dead-letter-0-41.bin"'}
    raw = Response(data, headers=disposition, media_type="text/html")
    served.fake.answers["dead-letters/0-41/raw"] = raw
    answer = browser.get("/dead-letters/0-41/raw")
    assert answer.content == data
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"
    asked = next(call for call in served.fake.calls if call[1].endswith("/raw"))
    assert asked[2]["authorization"].startswith("Bearer ")
    served.fake.answers["dead-letters/0-41/raw"] = problem(403, "forbidden", "operators alone")
    refused = browser.get("/dead-letters/0-41/raw")
    assert refused.status_code == 403
    assert refused.json()["detail"] == "operators alone"


def test_when_the_lines_were_is_known_when_there_are_some(
    served: Workspace, browser: httpx.Client
) -> None:
    id = begun(browser, 5)
    empty = {"by": "source", "step_seconds": 604_800, "timestamps": [], "series": [], "total": 0}
    served.fake.answers["patterns/series"] = empty
    assert browser.get(f"/uploads/{id}/span").json() == {"source": "shop", "from": "", "to": ""}
    weeks = {"timestamps": ["2026-03-01T00:00:00+00:00"], "series": [{"values": [7]}]}
    served.fake.answers["patterns/series"] = {**empty, **weeks}
    span = browser.get(f"/uploads/{id}/span").json()
    assert (span["from"][:10], span["to"][:10]) == ("2026-03-01", "2026-03-08")
