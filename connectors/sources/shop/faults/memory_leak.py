"""One API host leaks memory until the kernel kills its service; it starts again and leaks again."""

from collections.abc import Sequence
from random import Random
from typing import Final

from connectors.sources.shop import syslog
from connectors.sources.shop.faults.fault import Fault, Said, Strain, Truth, every, ramp
from connectors.sources.shop.fleet import WEBS

_HOST: Final = "api-2"
_PERIOD: Final = 150.0  # from one start of the service to the next
_KILLED: Final = 60.0  # into each period


def _strain(since: float) -> Strain:
    into = since % _PERIOD
    alive = into < _KILLED
    return Strain(
        failing=0.7 * ramp(into, 5, 15) if alive else 0.0,
        status=502,
        stuck_ms=900,
        host=_HOST,
        latency=1 + 0.8 * ramp(into, 5, 20) if alive else 1.0,
        memory=0.94 * ramp(into, 0, 45) if alive else 0.3 * ramp(into, _KILLED, 90),
    )


def _complaint(random: Random, _at: float) -> str:
    return (
        f"request refused: heap is {random.randint(91, 99)}% full after garbage collection"
        f" of {random.randint(700, 2400)} ms"
    )


def _tell(start: float, stop: float, onset: float, random: Random) -> Sequence[Said]:
    found = []
    for since in every(6, 5, start, stop):
        if since % _PERIOD < _KILLED:
            text = f"node heap of shop-api above its limit: {random.randint(2900, 3900)} MiB"
            at = onset + since + random.random()
            found.append(syslog.said(at, _HOST, "shop-guard", syslog.ERROR, text))
    for since in every(_PERIOD, _KILLED, start, stop):
        at = onset + since
        process = syslog.pid(_HOST, "shop-api")
        killed = (
            f"Out of memory: Killed process {process} (shop-api)"
            f" total-vm:{random.randint(7_000_000, 7_900_000)}kB, anon-rss:6710992kB"
        )
        ended = "shop-api.service: Main process exited, code=killed, status=9/KILL"
        found += [
            syslog.said(at, _HOST, "kernel", syslog.ERROR, killed),
            syslog.said(at + 0.3, _HOST, "systemd", syslog.WARNING, ended),
            syslog.said(at + 2, _HOST, "systemd", syslog.INFO, "Started shop-api.service."),
        ]
    return found


MEMORY_LEAK: Final = Fault(
    name="memory_leak",
    truth=Truth(
        "shop-api on api-2 leaks memory and is killed",
        _HOST,
        "shop-api",
        ("memory_used_percent", "request_latency_p95_ms", "error_rate"),
        (_HOST, *WEBS),
    ),
    lasts=900,
    strain=_strain,
    complaint=_complaint,
    tell=_tell,
)
