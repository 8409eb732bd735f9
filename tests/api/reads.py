"""A stream with a known truth, counted by real workers, and an API over it; for tests of reads."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from schemas.logs import LogBatch
from tests.api.serving import Served, serving
from tests.stack import RunningStack
from tests.workers import publish, running, settled

HOSTILE = (
    "<script>alert(1)</script> in a line",
    "colour \x1b[31mred\x1b[0m and \x1b]0;title\x07 bell",
    "user\u202egnp.exe was opened \u2066here\u2069",
    '=HYPERLINK("http://example.invalid") as a formula',
    "+1 plus, -1 minus, @cmd",
    "x" * 2**20,
    "tab\tand 'quotes' \"double\" \\back",
)


@dataclass(frozen=True)
class Line:
    """What was sent, and what the format of the line says."""

    source: str
    host: str
    service: str
    level: str
    at: datetime
    message: str

    @property
    def raw(self) -> str:
        """ISO time, host, service, level and message as one JSON object."""
        stamp = self.at.isoformat().replace("+00:00", "Z")
        return (
            f'{{"time":"{stamp}","host":"{self.host}","service":"{self.service}",'
            f'"level":"{self.level}","message":"{self.message}"}}'
        )


@dataclass(frozen=True)
class Counted:
    """An API over lines that are all counted."""

    api: Served
    lines: list[Line]
    began: datetime

    def by(self, *names: str) -> Counter[tuple[str, ...]]:
        """Lines by these attributes."""
        return Counter(tuple(getattr(line, name) for name in names) for line in self.lines)


def stream(now: datetime) -> list[Line]:
    """Three sources, four hosts, two hours; some patterns only in the last ten minutes."""
    dice = random.Random(5)
    lines = []
    for number in range(3000):
        at = now - timedelta(seconds=dice.uniform(0, 7200))
        host = f"web-{dice.randrange(4)}"
        kind = dice.randrange(6)
        if kind == 0:
            made = ("auth", "sshd", "warn", f"Failed password from 10.0.0.{dice.randrange(9)}")
        elif kind == 1 and at > now - timedelta(minutes=10):
            made = ("app", "shop", "error", f"Checkout {number} broke the pool of connections")
        elif kind == 2:
            made = ("db", "postgres", "info", f"checkpoint {number} complete in {number} ms")
        elif kind == 3:
            made = ("app", "shop", "info", f"order {number} was paid")
        else:
            made = ("app", "shop", "debug", f"cache refresh took {dice.randrange(100)} ms")
        lines.append(Line(made[0], host, made[1], made[2], at, made[3]))
    return sorted(lines, key=lambda line: line.at)


@contextmanager
def counted(stack: RunningStack) -> Iterator[Counted]:
    """The stream, and the hostile lines as the source `hostile`, behind an API."""
    now = datetime.now(UTC) - timedelta(seconds=5)
    lines = stream(now)
    with running(stack) as workers:
        batches = [
            LogBatch(source, [line.raw.encode() for line in lines if line.source == source][n::9])
            for source in ("auth", "app", "db")
            for n in range(9)
        ]
        batches.append(LogBatch("hostile", [line.encode() for line in HOSTILE], host="evil"))
        asyncio.run(publish(workers.settings, batches))
        settled(workers, len(lines) + len(HOSTILE))
        with serving(workers.settings) as api:
            yield Counted(api, lines, now)
