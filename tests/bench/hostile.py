"""Random words under random clocks: no speed is promised, but memory stays bounded."""

import asyncio
import random
import time
from collections.abc import Iterator

import psutil

from connectors.publish import Publisher, batch_headers
from schemas.logs import LogBatch
from schemas.settings import Settings
from tests.bench.end_to_end import committed_lines, fresh
from tests.bench.measuring import Watch, report
from tests.workers import Workers

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def _batches(lines_in_all: int) -> Iterator[LogBatch]:
    chance = random.Random(11)

    def word() -> str:
        return "".join(chance.choices(_LETTERS, k=chance.randrange(1, 12)))

    for number in range(lines_in_all // 1_000):
        lines = []
        for _ in range(1_000):
            clock = f"{chance.randrange(1969, 2101)}-{chance.randrange(1, 13):02}-01T00:00:00Z"
            words = " ".join(word() for _ in range(chance.randrange(1, 20)))
            lines.append(f"{clock} {word()} {words}".encode())
        yield LogBatch(f"hostile-{number % 3}", lines)


def run(settings: Settings, lines: int) -> None:
    """One worker each; the slope of their memory over the last third.

    Bounded means: the miners are full after 20,000 patterns a partition, and from then on what
    comes goes into the catch-all, so each fifth of the run adds less than the one before.
    """
    own = fresh(settings, "hostile")
    asyncio.run(_produce(own, lines))
    with Workers(own, ("ingest", "persist")) as workers:
        workers.wait_ready(*workers.running)
        watch = Watch({n: psutil.Process(p.pid) for n, p in workers.running.items()})
        first, started = committed_lines(own), time.monotonic()
        while (done := committed_lines(own)) < lines and time.monotonic() - started < 300:
            time.sleep(1)
            watch.sample()
        report(
            "hostile",
            lines=done,
            lines_per_second=round((done - first) / (time.monotonic() - started)),
            rss_mib_by_fifths={n: _by_fifths(points) for n, points in watch.rss.items()},
            cpu_seconds={n: round(s, 1) for n, s in watch.cpu_seconds().items()},
            rss_slope_mib_per_minute=watch.rss_slope_mib_per_minute(),
        )


def _by_fifths(points: list[tuple[float, int]]) -> list[int]:
    """Memory in MiB at the end of each fifth of the run."""
    return [round(points[(len(points) - 1) * n // 5][1] / 2**20) for n in range(1, 6)]


async def _produce(settings: Settings, lines: int) -> None:
    async with Publisher(settings) as publisher:
        sent = [await publisher.send(b, batch_headers(b, None)) for b in _batches(lines)]
        await asyncio.gather(*sent)
