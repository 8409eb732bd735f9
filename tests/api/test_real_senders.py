"""The real Telegraf and the real client of InfluxDB, as their users configure them."""

import asyncio
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from influxdb_client import InfluxDBClient, Point
from influxdb_client.client.write_api import SYNCHRONOUS

from schemas.metrics import MetricBatch
from tests.api.serving import Served, log_batches, metric_batches
from tests.counterparts import found

pytestmark = pytest.mark.stack

_PATIENCE_SECONDS = 60.0
_CONFIG = """
[agent]
  interval = "1s"
  flush_interval = "1s"
  hostname = "{host}"
  omit_hostname = false
[[inputs.cpu]]
  percpu = false
[[inputs.mem]]
[[inputs.system]]
[[inputs.tail]]
  files = ["{log}"]
  from_beginning = true
  data_format = "value"
  data_type = "string"
{output}
"""
OUTPUTS = {
    "influx": """
[[outputs.http]]
  url = "{url}/webhooks/telegraf"
  data_format = "influx"
  content_encoding = "gzip"
  [outputs.http.headers]
    X-API-Key = "{key}"
""",
    "json": """
[[outputs.http]]
  url = "{url}/webhooks/telegraf"
  data_format = "json"
  content_encoding = "gzip"
  username = "telegraf"
  password = "{key}"
""",
    "json-single": """
[[outputs.http]]
  url = "{url}/webhooks/telegraf"
  data_format = "json"
  use_batch_format = false
  [outputs.http.headers]
    Authorization = "Bearer {key}"
""",
    "influxdb-v2": """
[[outputs.influxdb_v2]]
  urls = ["{url}/webhooks/telegraf"]
  token = "{key}"
  organization = "aiops"
  bucket = "telemetry"
  content_encoding = "gzip"
""",
}


@contextmanager
def telegraf(config: Path) -> Iterator[Path]:
    """Telegraf while the block runs; its log."""
    log = config.with_suffix(".log")
    with log.open("wb") as written:
        process = subprocess.Popen(
            [found("telegraf"), "--config", config], stdout=written, stderr=written
        )
    try:
        yield log
    finally:
        process.terminate()
        process.wait(30)


async def points_of(api: Served, host: str) -> dict[str, list[tuple[int, float]]]:
    """(time, value) of each metric of a host."""
    seen: dict[str, list[tuple[int, float]]] = {}
    for batch in await metric_batches(api.settings):
        for name, time_ms, value in _of_host(batch, host):
            seen.setdefault(name, []).append((time_ms, value))
    return seen


def _of_host(batch: MetricBatch, host: str) -> Iterator[tuple[str, int, float]]:
    for whose, name, time_ms, value in zip(
        batch.host, batch.metric, batch.time_ms, batch.value, strict=True
    ):
        if whose == host:
            yield name, time_ms, value


@pytest.mark.parametrize("output", sorted(OUTPUTS))
async def test_telegraf(api: Served, tmp_path: Path, output: str) -> None:
    host = f"telegraf-{output}"
    followed = tmp_path / "app.log"
    followed.write_text(f'{host} said, "hello" = 1\n')
    config = tmp_path / "telegraf.conf"
    said = OUTPUTS[output].format(url=api.url, key=api.key)
    config.write_text(_CONFIG.format(host=host, log=followed, output=said))
    wanted = {"cpu_usage", "memory_used_percent", "load1"}
    with telegraf(config) as log:
        until = time.monotonic() + _PATIENCE_SECONDS
        points: dict[str, list[tuple[int, float]]] = {}
        while not (wanted <= set(points) and await _has_line(api, host)):
            assert time.monotonic() < until, f"{sorted(points)}\n{log.read_text()[-3000:]}"
            await asyncio.sleep(0.5)
            points = await points_of(api, host)
    assert " E! " not in log.read_text()
    now = time.time() * 1000
    for time_ms, value in points["memory_used_percent"]:
        assert abs(now - time_ms) < 120_000
        assert 0 < value < 100


async def _has_line(api: Served, host: str) -> bool:
    """Whether the line that Telegraf tailed has arrived as a log line."""
    wanted = f'{host} said, \\"hello\\" = 1'.encode()
    return any(wanted in line for batch in await log_batches(api.settings) for line in batch.lines)


@pytest.mark.parametrize("gzip", [True, False])
async def test_the_client_of_influxdb(api: Served, gzip: bool) -> None:
    host = f"client-{gzip}"
    moment = 1_700_000_000_123_000_000
    with InfluxDBClient(
        url=f"{api.url}/webhooks/telegraf", token=api.key, org="aiops", enable_gzip=gzip
    ) as client:
        point = Point("mem").tag("host", host).field("used_percent", 12.5).time(moment)
        client.write_api(write_options=SYNCHRONOUS).write(bucket="telemetry", record=[point] * 300)
    points = await points_of(api, host)
    assert points == {"memory_used_percent": [(1_700_000_000_123, 12.5)] * 300}
