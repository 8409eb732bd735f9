"""How often somebody may ask: a user's actions, whatever the number of requests and replicas."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from connectors.instance import ui_secret_file
from connectors.stores.migrate import migrate
from schemas.settings import Settings
from tests.api.serving import Served, serving
from tests.api.test_refusals import problem
from tests.connectors.sources.support import fresh
from tests.stack import RunningStack
from tests.valkey import Valkey

pytestmark = pytest.mark.stack

# One token comes back a minute: within a test it is as if none did.
SLOW = {"rate_limit_per_minute": 1, "rate_limit_burst": 9, "jwt_secret_key": SecretStr("j" * 40)}
MOST = 10


async def limited(stack: RunningStack, data_dir: Path, **overrides: object) -> Settings:
    """Settings under which ten actions of a kind are the most."""
    settings = await fresh(stack, data_dir, **{**SLOW, **overrides})
    migrate(settings.database_url.get_secret_value())
    return settings


@contextmanager
def as_ui(api: Served, address: str, token: str = "", action: str = "") -> Iterator[httpx.Client]:
    """What the UI's process sends for somebody at an address."""
    sent = {
        "X-Foreshock-UI": ui_secret_file(api.settings.data_dir).read_text().strip(),
        "X-Forwarded-For": address,
        "X-Foreshock-Action": action,
        "Authorization": f"Bearer {token}" if token else "",
    }
    headers = {name: value for name, value in sent.items() if value}
    with httpx.Client(base_url=api.url, headers=headers, timeout=60) as client:
        yield client


def statuses(client: httpx.Client, count: int, path: str = "/api/v1/me") -> list[int]:
    """What so many reads answer."""
    return [client.get(path).status_code for _ in range(count)]


@pytest.fixture(scope="module")
def shared(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Served]]:
    """Two replicas on one Redis."""
    first = asyncio.run(limited(stack, tmp_path_factory.mktemp("first"), redis_url=stack.redis))
    with serving(first) as one:
        one.client().close()
        second = first.model_copy(update={"data_dir": tmp_path_factory.mktemp("second")})
        with serving(second) as other:
            yield [one, other]


def test_a_user_s_actions_are_counted_over_replicas_and_by_kind(shared: list[Served]) -> None:
    first, second = shared
    with first.client() as admin:
        token = admin.headers["Authorization"].removeprefix("Bearer ")
        answers = [admin.get("/api/v1/me") for _ in range(6)]
        assert {answer.status_code for answer in answers} == {200}
        left = [int(answer.headers["ratelimit-remaining"]) for answer in answers]
        assert left == sorted(left, reverse=True)
        assert left[0] - left[-1] == 5
        last = answers[-1].headers
        assert last["ratelimit-limit"] == str(MOST)
        assert last["ratelimit-policy"] == '"read";q=10;w=600'
        assert 0 < int(last["ratelimit-reset"]) <= 600
        with second.with_token(token) as elsewhere:
            found = [elsewhere.get("/api/v1/me") for _ in range(left[-1] + 1)]
        assert [answer.status_code for answer in found] == [200] * left[-1] + [429]
        refused = problem(found[-1], 429)
        assert refused["type"].endswith("too-many-requests")
        assert 0 < int(found[-1].headers["retry-after"]) <= 60
        assert found[-1].headers["ratelimit-remaining"] == "0"
        written = admin.patch("/api/v1/me", json={})
        assert written.headers["ratelimit-policy"].startswith('"write"')
        assert written.status_code != 429
        assert "ratelimit-limit" not in admin.get("/health").headers


async def test_requests_of_one_action_of_the_ui_count_once(
    stack: RunningStack, tmp_path: Path
) -> None:
    settings = await limited(stack, tmp_path, redis_url=stack.redis)
    with serving(settings) as api, api.client() as admin:
        token = admin.headers["Authorization"].removeprefix("Bearer ")
        with as_ui(api, "192.0.2.1", token, "a page") as page:
            assert statuses(page, 3 * MOST) == [200] * 3 * MOST
        with as_ui(api, "192.0.2.1", token, "another page") as page:
            assert statuses(page, 5) == [200] * 5
        left = int(admin.get("/api/v1/me").headers["ratelimit-remaining"])
        assert left == MOST - 3
        # Without the UI's credential an action's name is nothing.
        sent = {"X-Foreshock-Action": "a page"}
        found = [admin.get("/api/v1/me", headers=sent).status_code for _ in range(left + 1)]
        assert found == [200] * left + [429]
        with as_ui(api, "192.0.2.1", token, "a third page") as page:
            assert statuses(page, 2) == [429, 429]


async def test_logins_are_counted_by_the_address_that_the_ui_says(
    stack: RunningStack, tmp_path: Path
) -> None:
    settings = await limited(stack, tmp_path, redis_url=stack.redis)
    wrong = {"username": "nobody", "password": "wrong"}

    def tries(client: httpx.Client, count: int, forwarded: str = "") -> list[int]:
        sent = {"X-Forwarded-For": forwarded} if forwarded else {}
        asked = [client.post("/api/v1/auth/login", json=wrong, headers=sent) for _ in range(count)]
        kinds = [answer.json()["type"].rpartition(":")[2] for answer in asked]
        return [429 if kind == "too-many-requests" else 401 for kind in kinds]

    with serving(settings) as api:
        with as_ui(api, "192.0.2.1") as ui:
            assert tries(ui, MOST + 1) == [401] * MOST + [429]
        with as_ui(api, "192.0.2.2") as ui:
            assert tries(ui, 1) == [401]
        with api.anyone() as stranger:  # whatever it says of itself, its address is its own
            found = [tries(stranger, 1, f"192.0.2.{n}")[0] for n in range(3, MOST + 4)]
            assert found == [401] * MOST + [429]
            problem(stranger.get("/api/v1/me", headers={"X-Foreshock-UI": "guessed"}), 401)


async def test_wrong_credentials_are_counted_and_right_ones_of_the_address_go_on(
    stack: RunningStack, tmp_path: Path
) -> None:
    settings = await limited(stack, tmp_path, redis_enabled=False)
    with serving(settings) as api:
        url = f"{api.url}/webhooks/generic"
        sent = {"X-API-Key": "wrong"}
        found = await asyncio.to_thread(
            lambda: [httpx.post(url, headers=sent).status_code for _ in range(MOST + 1)]
        )
        assert found == [401] * MOST + [429]
        with api.producer() as producer:  # ingest has no limit unless it is set
            answers = [producer.post("/webhooks/generic", content=b"a") for _ in range(3 * MOST)]
        assert {answer.status_code for answer in answers} == {202}
        assert not any("ratelimit-limit" in answer.headers for answer in answers)


async def test_ingest_may_have_a_limit_of_its_own(stack: RunningStack, tmp_path: Path) -> None:
    settings = await fresh(stack, tmp_path, rate_limit_ingest_per_minute=6, redis_enabled=False)
    with serving(settings) as api, api.producer() as producer:
        found = [producer.post("/webhooks/generic", content=b"a") for _ in range(12)]
    assert [answer.status_code for answer in found][:7] == [202] * 7
    refused = next(answer for answer in found if answer.status_code == 429)
    assert refused.headers["ratelimit-policy"].startswith('"ingest"')
    assert int(refused.headers["retry-after"]) <= 10


async def write_with_replicas(redis: Valkey, count: int) -> None:
    """A server that has none answers a ping, and NOREPLICAS to whoever writes."""
    async with redis.client() as client:
        await client.config_set("min-replicas-to-write", count)


def test_without_redis_a_local_limit_takes_over(stack: RunningStack, tmp_path: Path) -> None:
    redis = Valkey(tmp_path / "redis")
    try:
        (tmp_path / "api").mkdir()
        settings = asyncio.run(limited(stack, tmp_path / "api", redis_url=redis.url))
        with serving(settings) as api, api.client() as admin:
            assert statuses(admin, MOST + 1) == [200] * MOST + [429]
            asyncio.run(write_with_replicas(redis, 1))
            api.wait_down("redis")
            assert statuses(admin, MOST + 1) == [200] * MOST + [429]
            asyncio.run(write_with_replicas(redis, 0))
            api.wait_well()
            redis.kill()
            api.wait_down("redis")
            ready = httpx.get(f"{api.url}/readiness")
            assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
            left = statuses(admin, MOST + 1)  # of what this process has counted before
            assert set(left) <= {200, 429}
            assert left[-1] == 429
            redis.start()
            api.wait_well()
    finally:
        redis.kill()
