"""Load under which processes are killed; every generator knows exactly what was accepted.

`told` maps a source to the lines whose acceptance the generator was told of; that is the truth
that the ledger is held against.
"""

import asyncio
import random
from collections import Counter
from pathlib import Path

from aiokafka import AIOKafkaProducer
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from connectors.kafka import producer_options, topic_name
from connectors.publish import Publisher, batch_headers
from schemas.errors import Unavailable
from schemas.logs import LogBatch
from schemas.settings import Settings
from schemas.topics import LOGS_RAW
from tests.chaos.storm import Storm

_VERBS = ("opened", "closed", "lost", "refused", "moved", "expired")


def lines(count: int, seed: int) -> list[bytes]:
    """Reproducible lines of a made-up service."""
    chance = random.Random(seed)
    return [
        f"2026-11-23 10:{chance.randrange(60):02}:{chance.randrange(60):02},123 INFO app.net: "
        f"session {chance.randrange(10**9)} {chance.choice(_VERBS)} after {i} ms".encode()
        for i in range(count)
    ]


async def batches(settings: Settings, storm: Storm, told: Counter[str]) -> None:
    """An edge: numbers its ranges and sends again exactly what it is not sure of."""
    number = 0
    unsure: list[tuple[int, LogBatch]] = []
    while not storm.over or unsure:
        try:
            async with Publisher(settings) as publisher:
                while not storm.over or unsure:
                    if not unsure:
                        unsure = [
                            (number + i, LogBatch(f"edge-{i % 3}", lines(500, number + i)))
                            for i in range(8)
                        ]
                        number += 8
                    sent = [
                        await publisher.send(b, batch_headers(b, f"edge-{b.source}:{n}"))
                        for n, b in unsure
                    ]
                    await asyncio.gather(*sent)
                    for _, batch in unsure:
                        told[batch.source] += len(batch.lines)
                    unsure = []
                    await asyncio.sleep(0.2)
        except Unavailable:
            await asyncio.sleep(0.5)


async def single_lines(settings: Settings, storm: Storm, told: Counter[str]) -> None:
    """A stranger: one plain line a record, idempotent, patient enough for a restarted broker."""
    options = producer_options(settings) | {"request_timeout_ms": 120_000}
    producer = AIOKafkaProducer(**options)
    await producer.start()
    topic = topic_name(settings, LOGS_RAW)
    number = 0
    while not storm.over:
        pending = []
        for line in lines(200, number):
            pending.append(await producer.send(topic, line, key=b"stranger"))
        await asyncio.gather(*pending)
        told["stranger"] += len(pending)
        number += 1
        await asyncio.sleep(0.1)
    await producer.stop()


async def ingest_commands(
    settings: Settings, folder: Path, storm: Storm, told: Counter[str]
) -> None:
    """`foreshock ingest` on one file after another, run again until it says that all is in."""
    number = 0
    while not storm.over:
        path = folder / f"file-{number}.log"
        path.write_bytes(b"\n".join(lines(20_000, 10_000 + number)) + b"\n")
        while await storm.commands.run(settings, path) != 0:
            continue
        told["files"] += 20_000
        number += 1


async def growing_file(path: Path, storm: Storm, told: Counter[str]) -> None:
    """A service that writes its log and rotates it by rename."""
    number = 0
    file = path.open("ab")
    while not storm.over:
        written = lines(100, 50_000 + number)
        file.write(b"".join(line + b"\n" for line in written))
        file.flush()
        told[f"file:{path}"] += len(written)
        number += 1
        if number % 100 == 0:
            file.close()
            path.rename(path.with_name(f"{path.name}.{number}"))
            file = path.open("ab")
        await asyncio.sleep(0.1)
    file.close()


async def stream_entries(settings: Settings, storm: Storm, told: Counter[str]) -> None:
    """A producer of the stream `logs` that chooses its ids, so it can ask what was taken."""
    client = Redis.from_url(settings.redis_url.get_secret_value(), socket_timeout=5)
    number = 0
    async with client:
        while not storm.over:
            texts = lines(20, number)
            for text in texts:
                number += 1
                await _add(client, number, text)
            told["redis/logs"] += len(texts)
            await asyncio.sleep(0.05)


async def _add(client: Redis, number: int, text: bytes) -> None:
    while True:
        try:
            await client.xadd("logs", {"message": text}, id=f"{number}-1")
            return
        except ResponseError as error:
            if "equal or smaller" in str(error):  # taken before the connection broke
                return
            await asyncio.sleep(0.1)  # it reads its data
        except (RedisError, OSError):
            await asyncio.sleep(0.1)
