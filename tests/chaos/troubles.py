"""Metric points and log lines in which things go wrong on purpose, so that there are alerts.

Each host has a past, imported first, from which its usual is learnt; then it goes wrong in turn.
`Points` says what was accepted, by series and time: the truth that history is held against.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Mapping

import httpx

from connectors.instance import key_file, read_instance
from connectors.publish import Publisher, batch_headers, metric_headers
from schemas.errors import Unavailable
from schemas.metrics import MetricBatch
from schemas.settings import Settings
from tests.chaos.storm import Storm
from tests.flows.past import CPU, MEMORY, past_lines, past_points
from tests.flows.points import Kept, last

PROBES = [f"probe-{n}" for n in range(6)]
BOXES = [f"box-{n}" for n in range(4)]
SHOPS = [f"shop-{n}" for n in range(3)]
_WRONG_SECONDS = 22.0  # longer than what it takes to page
_SYLLABLES = ("ba", "du", "fe", "gor", "hin", "ka", "lo", "mir", "nu", "pes", "ra", "tol", "vex")


def _now_ms() -> int:
    return round(time.time() * 1000)


async def publish_past(settings: Settings, told: Counter[str], points: Kept) -> None:
    """Before anybody dies."""
    now_ms = _now_ms()
    batches = past_points("probes", PROBES, now_ms) + past_points("boxes", BOXES, now_ms)
    async with Publisher(settings) as publisher:
        for batch in batches:
            await (await publisher.send_metrics(batch, metric_headers(batch, None)))
        for shop in SHOPS:
            lines = past_lines(shop, now_ms)
            await (await publisher.send(lines, batch_headers(lines, None)))
            told[shop] += len(lines.lines)
    points.update(last(batches))


def _value(chance: random.Random, began: float, place: int, of: int) -> float:
    """The hosts go wrong one after the other, and come back."""
    wrong = int((time.monotonic() - began) / _WRONG_SECONDS) % of == place
    return 99.0 if wrong else 30 + chance.gauss(0, 1)


async def probes(settings: Settings, storm: Storm, points: Kept) -> None:
    """An edge of ours sends what was not acknowledged again; some points are corrected or late."""
    chance, began = random.Random(1), time.monotonic()
    unsure: list[MetricBatch] = []
    while not storm.over or unsure:
        try:
            async with Publisher(settings) as publisher:
                while not storm.over or unsure:
                    unsure = unsure or _probed(chance, began, points)
                    sent = [
                        await publisher.send_metrics(batch, metric_headers(batch, None))
                        for batch in unsure
                    ]
                    await asyncio.gather(*sent)
                    points.update(last(unsure))
                    unsure = []
                    await asyncio.sleep(0.5)
        except Unavailable:
            await asyncio.sleep(0.5)


def _probed(chance: random.Random, began: float, points: Kept) -> list[MetricBatch]:
    now_ms, batches = _now_ms(), []
    for place, host in enumerate(PROBES):
        times, values = [now_ms], [_value(chance, began, place, len(PROBES))]
        known = [at for of, metric, at in points if (of, metric) == (host, CPU)]
        if chance.random() < 0.2:
            times, values = [*times, known[-1]], [*values, chance.uniform(0, 100)]
        if chance.random() < 0.2:
            times, values = [*times, known[-1] - 100], [*values, chance.uniform(0, 100)]
        size = len(times)
        batches.append(MetricBatch("probes", [host] * size, [CPU] * size, times, values))
    return batches


class Caller:
    """Sends a body until it is 202, whatever the API does meanwhile."""

    def __init__(self, settings: Settings) -> None:
        instance = read_instance(settings.data_dir)
        assert instance is not None
        key = key_file(settings.data_dir).read_text().strip()
        self._client = httpx.AsyncClient(
            base_url=instance.api, headers={"X-API-Key": key}, timeout=30
        )

    async def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Fails for any answer but 202 and 503."""
        while True:
            try:
                answer = await self._client.post(path, content=body, headers=dict(headers))
            except httpx.TransportError:
                await asyncio.sleep(0.2)
                continue
            if answer.status_code == 202:
                return
            assert answer.status_code == 503, answer.text
            await asyncio.sleep(0.2)

    async def close(self) -> None:
        """No more requests."""
        await self._client.aclose()


async def boxes(settings: Settings, storm: Storm, points: Kept) -> None:
    """Telegraf on some hosts: line protocol over HTTP."""
    chance, began = random.Random(2), time.monotonic()
    caller = Caller(settings)
    while not storm.over:
        at, body = _now_ms(), []
        said: Kept = {}
        for place, host in enumerate(BOXES):
            idle = 100.0 - _value(chance, began, place, len(BOXES))
            used = 30 + chance.gauss(0, 1)
            stamp = at * 1_000_000
            body.append(f"cpu,cpu=cpu-total,host={host} usage_idle={idle!r} {stamp}")
            body.append(f"mem,host={host} used_percent={used!r} {stamp}")
            said |= {(host, CPU, at): 100.0 - idle, (host, MEMORY, at): used}
        await caller.post("/webhooks/telegraf?source=boxes", "\n".join(body).encode(), {})
        points.update(said)
        await asyncio.sleep(0.5)
    await caller.close()


def _unheard(chance: random.Random) -> str:
    words = ("".join(chance.choices(_SYLLABLES, k=3)) for _ in range(7))
    return " ".join(words)


async def shops(settings: Settings, storm: Storm, told: Counter[str]) -> None:
    """Services that send their lines over HTTP with a key a body; now and then a new error."""
    chance = random.Random(3)
    caller = Caller(settings)
    number = 0
    while not storm.over:
        number += 1
        shop = SHOPS[number % len(SHOPS)]
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        lines = [f"{stamp} INFO order {chance.randrange(10**9)} took {n} ms" for n in range(50)]
        if number % 10 == 0:
            lines.append(f"{stamp} ERROR {_unheard(chance)}")
        headers = {"Idempotency-Key": f"body-{number}"}
        body = "\n".join(lines).encode()
        await caller.post(f"/webhooks/generic?source={shop}", body, headers)
        told[shop] += len(lines)
        await asyncio.sleep(0.2)
    await caller.close()
