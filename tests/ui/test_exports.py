"""`/export/...`: the API's CSV with the visitor's rights; a page with the reason without it."""

import httpx
import pytest
from fastapi import FastAPI
from starlette.responses import PlainTextResponse

from tests.ui.fake_api import Fake, create_fake
from ui.client import Client, Renewals
from ui.exports import routes
from ui.tokens import tokens_of
from ui.visit import Visit, visiting


async def ask(fake: Fake, path: str) -> httpx.Response:
    """As a browser whose session the middleware has read."""
    api = httpx.AsyncClient(transport=httpx.ASGITransport(create_fake(fake)), base_url="http://api")
    app = FastAPI()
    app.include_router(routes())
    own = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost")
    async with api, own:
        client = Client(api, Renewals(api), tokens_of(fake.tokens()), {})
        with visiting(Visit(client)):
            return await own.get(path)


async def test_the_file_of_the_api_is_passed_on() -> None:
    fake = Fake()
    named = {"content-disposition": 'attachment; filename="patterns.csv"'}
    fake.answers["patterns"] = PlainTextResponse("uid\nä\n", headers=named, media_type="text/csv")
    answer = await ask(fake, "/export/patterns?severity%3E=error&source=a%2Cb")
    assert answer.status_code == 200
    assert answer.text == "uid\nä\n"
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == named["content-disposition"]
    assert fake.calls[-1][2]["accept"] == "text/csv"


@pytest.mark.parametrize(("down", "status"), [(True, 503), (False, 404)])
async def test_a_refusal_is_a_page_with_the_reason(down: bool, status: int) -> None:
    fake = Fake()
    fake.down = down
    fake.answers["patterns"] = {"items": []}  # no CSV
    answer = await ask(fake, "/export/patterns")
    assert answer.status_code == status
    assert "There is no file to download" in answer.text


@pytest.mark.parametrize("path", ["/export/..%2Fauth", "/export/A", "/export/a/b"])
async def test_only_nouns_are_passed_on(path: str) -> None:
    fake = Fake()
    assert (await ask(fake, path)).status_code in (404, 422)
    assert fake.calls == []
