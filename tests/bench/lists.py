"""100,000 alerts behind the API while 50 clients hear live updates: lists and what is beside them.

The baseline is the same API's answer to `/me`, which looks at one row.
"""

import asyncio
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
from websockets.asyncio.client import ClientConnection, connect

from schemas.alerts import Alert, AlertSeverity, AlertState
from schemas.settings import Settings
from tests.api.listening import address, publish, ticket
from tests.api.serving import Served, serving
from tests.api.telemetry import keep
from tests.bench.end_to_end import fresh
from tests.bench.live import logins
from tests.bench.measuring import report
from tests.connectors.alerting import alert

ALERTS: Final = 100_000
_SHARE: Final = 5_000  # stored at once
_WARM, _TIMED, _CLIENTS = 100, 1_000, 50
_SOURCES: Final = ("foreshock", "nagios", "prometheus", "zabbix", "demo", "script")
_ASKED: Final[dict[str, tuple[str, dict[str, str]]]] = {
    "newest": ("/alerts", {"sort": "-last_seen"}),
    "worst_first": ("/alerts", {}),
    "firing": ("/alerts", {"state": "firing"}),
    "severity_and_source": ("/alerts", {"severity": "critical", "source": "nagios"}),
    "host": ("/alerts", {"host": "host-77"}),
    "words": ("/alerts", {"q": "checkout"}),
    "a_day": ("/alerts", {"from": "-24h"}),
    "label": ("/alerts", {"label.team": "team-3"}),
}
_BESIDE: Final = {"facets": ("/alerts/facets", {}), "search": ("/search", {"q": "host-77"})}


def alerts(count: int = ALERTS) -> Iterator[Alert]:
    """Of 30 days, 1,000 hosts and six sources; one in fifty is open."""
    dice, now = random.Random(1), datetime.now(UTC)
    things = ("checkout", "database", "disk", "login", "queue", "switch")
    for number in range(count):
        began = now - timedelta(seconds=dice.random() * 30 * 86_400)
        host, thing = f"host-{dice.randrange(1_000)}", dice.choice(things)
        yield alert(
            number,
            title=f"{thing} of {host} is strange, case {number}",
            state=AlertState.FIRING if number % 50 == 0 else AlertState.RESOLVED,
            severity=dice.choice(tuple(AlertSeverity)),
            source=dice.choice(_SOURCES),
            labels={"host": host, "service": thing, "team": f"team-{dice.randrange(12)}"},
            count=1 + dice.randrange(40),
            first_seen=began,
            last_seen=began + timedelta(minutes=dice.randrange(1, 120)),
        )


def run(settings: Settings) -> None:
    """Milliseconds at the client, one request after the other, events every 0.2 s meanwhile."""
    own = fresh(settings, "lists").model_copy(update={"data_dir": settings.data_dir / "lists"})
    own.data_dir.mkdir(exist_ok=True)
    every = list(alerts())
    for start in range(0, ALERTS, _SHARE):
        keep(own, alerts=every[start : start + _SHARE])
    with serving(own) as api:
        found = asyncio.run(_measure(own, api))
    report("lists", alerts=ALERTS, clients=_CLIENTS, **found)


async def _measure(settings: Settings, api: Served) -> dict[str, Any]:
    urls = [address(api, ticket(one)) for one in logins(api) for _ in range(10)]
    async with AsyncExitStack() as opened:
        sockets = [await opened.enter_async_context(connect(url)) for url in urls[:_CLIENTS]]
        busy = [asyncio.create_task(_hear(socket)) for socket in sockets]
        busy.append(asyncio.create_task(_happen(settings)))
        found = await asyncio.to_thread(_ask, api)
        for task in busy:
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)
    return found


def _ask(api: Served) -> dict[str, Any]:
    """Lists in turn, a thousand of them together; beside them the others, a hundred of each."""
    with api.client() as client:
        lists: dict[str, list[float]] = {name: [] for name in _ASKED}
        for number in range(_WARM + _TIMED):
            name = list(_ASKED)[number % len(_ASKED)]
            took = _one(client, *_ASKED[name])
            if number >= _WARM:
                lists[name].append(took)
        beside = {n: [_one(client, *asked) for _ in range(100)] for n, asked in _BESIDE.items()}
        baseline = [_one(client, "/me", {}) for _ in range(200)]
    whole = [one for found in lists.values() for one in found]
    return {
        "p95_ms": _share(whole, 95),
        "p50_ms": _share(whole, 50),
        "p95_ms_by_list": {name: _share(found, 95) for name, found in lists.items()},
        "p95_ms_beside": {name: _share(found, 95) for name, found in beside.items()},
        "baseline_p95_ms": _share(baseline, 95),
        "ratio": round(_share(whole, 95) / _share(baseline, 95), 1),
    }


def _one(client: httpx.Client, path: str, asked: dict[str, str]) -> float:
    began = time.perf_counter()
    client.get(f"/api/v1{path}", params=asked).raise_for_status()
    return (time.perf_counter() - began) * 1000


def _share(found: Sequence[float], percent: int) -> float:
    return round(sorted(found)[len(found) * percent // 100], 1)


async def _hear(socket: ClientConnection) -> None:
    async for _ in socket:
        pass


async def _happen(settings: Settings) -> None:
    number = ALERTS
    while True:
        await publish(settings, [alert(number)])
        number += 1
        await asyncio.sleep(0.2)
