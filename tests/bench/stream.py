"""The stream that is measured: real lines of eight systems, made endless.

Lines of the benchmark's raw logs are interleaved; the times of their headers are rewritten to a
clock that advances, numbers in the message are drawn anew, hosts and services are spread over 50
and 10 names. Each line keeps the format of its system.
"""

import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from schemas.errors import UserError
from schemas.logs import LogBatch

HOSTS = 50
SERVICES = 10
BATCH = 1_000

_NUMBER = re.compile(rb"(?<![A-Za-z0-9])\d{2,9}(?![A-Za-z0-9])")

# How each system's raw line is cut around its time and host, and how those look at another time.
HEADERS: dict[str, tuple[re.Pattern[bytes], str]] = {
    "HDFS": (re.compile(rb"^()\d{6} \d{6} (.*)$"), "%y%m%d %H%M%S "),
    "Spark": (re.compile(rb"^()\d\d/\d\d/\d\d \d\d:\d\d:\d\d (.*)$"), "%y/%m/%d %H:%M:%S "),
    "HPC": (re.compile(rb"^(\d+ \S+ \S+ \S+ )\d{9,10}( .*)$"), "%s"),
    "Thunderbird": (
        re.compile(rb"^(- )\d+ \S+ \S+ \w{3} +\d+ \S+ (.*)$"),
        "%s %Y.%m.%d HOST %b %d %H:%M:%S ",
    ),
    "Mac": (re.compile(rb"^()\w{3} +\d+ \S+ \S+ (.*)$"), "%b %d %H:%M:%S HOST "),
    "OpenSSH": (re.compile(rb"^()\w{3} +\d+ \S+ \S+ (.*)$"), "%b %d %H:%M:%S HOST "),
    "HealthApp": (re.compile(rb"^()\d{8}-\d+:\d+:\d+:\d+\|(.*)$"), "%Y%m%d-%H:%M:%S:123|"),
    "Proxifier": (re.compile(rb"^()\[[\d.]+ [\d:]+\] (.*)$"), "[%m.%d %H:%M:%S] "),
}

Body = tuple[bytes, bytes]


class Stream:
    """Reproducible batches; `data` is the folder of the benchmark's systems.

    Raises UserError when the folder is not there.
    """

    def __init__(self, data: Path, seed: int = 1) -> None:
        self._chance = random.Random(seed)
        self._systems = [(name, _bodies(data, name)) for name in HEADERS]

    def batches(self, lines: int, start: datetime) -> Iterator[LogBatch]:
        """Batches of 1,000 lines, one system each; a second of clock every 20,000 lines."""
        for number in range(lines // BATCH):
            name, bodies = self._systems[number % len(self._systems)]
            now = datetime.fromtimestamp(start.timestamp() + number // 20, UTC)
            host = f"host-{self._chance.randrange(HOSTS):02}"
            stamp = now.strftime(HEADERS[name][1]).replace("HOST", host).encode()
            yield LogBatch(
                source=f"{name.lower()}-{number // len(self._systems) % 3}",
                lines=[self._line(bodies, stamp) for _ in range(BATCH)],
                host=host,
                service=f"service-{number % SERVICES}",
            )

    def _line(self, bodies: list[Body], stamp: bytes) -> bytes:
        before, after = bodies[int(self._chance.random() * len(bodies))]
        # Numbers in the name of a program are its version: no fleet has a million programs.
        name, colon, message = after.partition(b": ")
        if not colon:
            return before + stamp + _NUMBER.sub(self._redrawn, after)
        return before + stamp + name + colon + _NUMBER.sub(self._redrawn, message)

    def _redrawn(self, found: re.Match[bytes]) -> bytes:
        return b"%d" % int(self._chance.random() * 10 ** len(found[0]))


def _bodies(data: Path, name: str) -> list[Body]:
    path = data / name / f"{name}_2k.log"
    if not path.exists():
        raise UserError(
            f"{path} is not there",
            "say with --data where the LogHub-2k systems lie; the README says where to get them",
        )
    header = HEADERS[name][0]
    found = (header.match(line) for line in path.read_bytes().split(b"\n"))
    return [(match[1], match[2]) for match in found if match]
