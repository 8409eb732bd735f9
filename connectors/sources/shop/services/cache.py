"""Redis on cache-1."""

from connectors.sources.shop.dice import dice, occasions
from connectors.sources.shop.faults.fault import Said
from connectors.sources.shop.fleet import CACHE, Stream
from connectors.sources.shop.stamps import stamp
from connectors.sources.shop.syslog import pid


def usual(seed: int, start: float, stop: float) -> list[Said]:
    """Snapshots in the background, and what they copied."""
    found = []
    for at in occasions(seed, "snapshot", 90, start, stop):
        random = dice(seed, "snapshot at", int(at))
        child, size = random.randint(20_000, 29_000), random.randint(2, 9)
        found += [
            _line(at, "100 changes in 60 seconds. Saving..."),
            _line(at + 0.02, f"Background saving started by pid {child}"),
            _line(at + 1.4, f"DB saved on disk, {size} MB of memory used by copy-on-write"),
            _line(at + 1.5, "Background saving terminated with success"),
        ]
    return found


def _line(at: float, text: str) -> Said:
    moment = stamp("%d %b %Y %H:%M:%S.%f", at)
    return Said(at, Stream(CACHE, "redis"), f"{pid(CACHE, 'redis')}:M {moment} * {text}")
