"""An API with a persist worker behind it, and points, signals and alerts for both."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from connectors.stores import alerts as alert_store
from connectors.stores import signals as signal_store
from connectors.stores.postgres import new_pool, transaction
from schemas.alerts import Alert
from schemas.metrics import MetricBatch
from schemas.settings import Settings
from schemas.signals import Signal
from tests.api.serving import Served, serving
from tests.flows.points import publish_points, record_of, settled_points
from tests.stack import RunningStack
from tests.workers import Workers, installation


@dataclass(frozen=True)
class Telemetry:
    """A running API and the worker that writes what it reads."""

    api: Served
    workers: Workers

    def get(self, path: str, **parameters: Any) -> Any:
        """The JSON of a 200."""
        answer = self.ask(path, **parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ask(self, path: str, **parameters: Any) -> httpx.Response:
        """Any answer; `from_` is the parameter `from`."""
        named = {name.rstrip("_"): value for name, value in parameters.items()}
        with self.api.client() as client:
            return client.get(f"/api/v1{path}", params=named)

    def post(self, path: str, body: Any = None, **parameters: Any) -> httpx.Response:
        """Any answer."""
        with self.api.client() as client:
            return client.post(f"/api/v1{path}", json=body, params=parameters)


@contextmanager
def telemetry(
    stack: RunningStack, apps: Sequence[str] = ("persist",), **overrides: Any
) -> Iterator[Telemetry]:
    """A fresh installation with both, while the block runs."""
    settings = installation(stack, disk_floor_gib=0.05, **overrides)
    with Workers(settings, apps) as workers, serving(settings) as api:
        yield Telemetry(api, workers)


def series(
    host: str, values: Mapping[str, Sequence[tuple[int, float]]], source: str = "telegraf"
) -> MetricBatch:
    """A batch of points by metric as (Unix ms, value)."""
    points = [(metric, *point) for metric, found in values.items() for point in found]
    return MetricBatch(
        source,
        [host] * len(points),
        [metric for metric, *_ in points],
        [time_ms for _, time_ms, _ in points],
        [value for *_, value in points],
        demo=source.startswith("demo/"),
    )


def send_points(workers: Workers, batches: Sequence[MetricBatch], total: int) -> None:
    """Publishes them and waits until so many points were accepted in all."""
    asyncio.run(publish_points(workers.settings, [record_of(one) for one in batches]))
    settled_points(workers, total)


def keep(settings: Settings, signals: Sequence[Signal] = (), alerts: Sequence[Alert] = ()) -> None:
    """Signals and alerts into the tables, as persist does."""

    async def store() -> None:
        async with new_pool(settings) as pool, transaction(pool) as connection:
            if signals:
                found = [signal_store.Record(0, n, n, one) for n, one in enumerate(signals)]
                await signal_store.store(connection, found)
            if alerts:
                came = [alert_store.Record(0, n, n, one) for n, one in enumerate(alerts)]
                await alert_store.store(connection, came)

    asyncio.run(store())
