"""From a webhook into the books: every line once, retries counted as repeats."""

import asyncio

import httpx
import pytest

from tests.api.serving import serving
from tests.stack import RunningStack
from tests.workers import Workers, books, installation, settled

pytestmark = pytest.mark.stack


def test_a_retry_with_its_key_counts_once(stack: RunningStack) -> None:
    settings = installation(stack)
    body = b"\n".join(b"payment %d took %d ms" % (n, n % 7) for n in range(2500))
    with Workers(settings, ("ingest", "persist")) as workers, serving(settings) as api:
        with api.producer() as client:
            for key in ("first", "first", "second"):
                answer = client.post(
                    "/webhooks/generic?source=shop",
                    content=body,
                    headers={"Idempotency-Key": key},
                )
                assert answer.json()["lines"] == 2500
            client.post("/webhooks/generic?source=shop", content=b"payment 1 took 2 ms")
        ledger = settled(workers, 7501)
    shop = books(ledger)["shop"]
    assert ledger.balanced, ledger.faults
    assert (shop.accepted, shop.parsed, shop.deduplicated) == (7501, 5001, 2500)


def test_several_workers_share_port_and_key(stack: RunningStack) -> None:
    settings = installation(stack, api_workers=2)

    async def send(url: str, key: str) -> list[int]:
        limits = httpx.Limits(max_keepalive_connections=0)  # each request may meet another worker
        async with httpx.AsyncClient(
            base_url=url, headers={"X-API-Key": key}, limits=limits, timeout=60, verify=False
        ) as client:
            sent = [client.post("/webhooks/generic", content=b"a") for _ in range(40)]
            return [answer.status_code for answer in await asyncio.gather(*sent)]

    with serving(settings) as api:
        found = asyncio.run(send(api.url, api.key))
    assert set(found) <= {202, 503}  # the second worker may still be connecting
    assert 202 in found
