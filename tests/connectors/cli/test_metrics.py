"""`foreshock metrics` on real histories: lists, charts, JSON, and hostile names."""

import asyncio
import json
import time
from pathlib import Path

import pytest

from schemas.settings import Settings, as_environment
from tests.connectors.cli.application import Answer, empty_environment, invoke
from tests.connectors.stores.histories import BACK_ENDS, opened, point, settings_for
from tests.stack import RunningStack

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("history")]

NOW = int(time.time() * 1000)
HOSTILE = "\u202egnp.exe [bold]no markup[/bold]"


@pytest.fixture(params=BACK_ENDS)
def used(
    request: pytest.FixtureRequest,
    stack: RunningStack,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Settings:
    """The settings of an empty history, in the environment of the commands."""
    settings = settings_for(stack, request.param)
    empty_environment(monkeypatch, tmp_path)
    for name, value in as_environment(settings).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("COLUMNS", "100")
    return settings


async def fill(settings: Settings) -> None:
    times = range(NOW - 2 * 3_600_000, NOW, 60_000)
    points = [point(t, n % 30 + 10.5, (0, n, 0)) for n, t in enumerate(times)]
    points += [point(NOW - 60_000, 5e9, host="web-1", metric="disk_used[/var]")]
    points += [point(NOW - 60_000, 1.0, host=HOSTILE, metric=HOSTILE)]
    async with opened(settings) as kept:
        written = await kept.write(points)
        assert written.stored == len(points)


def shown(*words: str) -> Answer:
    answer = invoke("metrics", *words)
    assert answer.exit_code == 0, answer.output
    assert "\u202e" not in answer.stdout or "--json" in words
    return answer


def test_before_the_first_point_it_says_so(used: Settings) -> None:
    assert "no metric has arrived yet" in shown().stdout
    assert json.loads(shown("--json").stdout) == []
    answer = invoke("metrics", "web-1")
    assert (answer.exit_code, answer.stdout) == (1, "")
    assert "there are no metrics of web-1" in answer.stderr


async def test_hosts_metrics_and_a_chart(used: Settings) -> None:
    await fill(used)
    await asyncio.to_thread(_look)


def _look() -> None:
    hosts = {row["host"]: row for row in json.loads(shown("--json").stdout)}
    assert {name: row["series"] for name, row in hosts.items()} == {"web-1": 2, HOSTILE: 1}
    assert hosts[HOSTILE]["last_ms"] == NOW - 60_000
    assert "\\u202egnp.exe [bold]no markup[/bold]" in shown().stdout
    listed = shown("web-1").stdout
    assert "disk_used[/var]" in listed
    assert "5 GB" in listed
    assert "█" in listed
    assert "▁" in listed
    chart = shown("web-1", "cpu_usage", "--last", "3h").stdout
    assert "web-1 cpu_usage" in chart
    assert "least 10.5 %, most 39.5 %" in chart
    assert sum(any("\u2801" <= c <= "\u28ff" for c in line) for line in chart.splitlines()) == 12
    assert max(map(len, chart.splitlines())) <= 100
    drawn = json.loads(shown("web-1", "cpu_usage", "--step", "1h", "--json").stdout)
    assert drawn["unit"] == "percent"
    units = {row["metric"]: row["unit"] for row in json.loads(shown("web-1", "--json").stdout)}
    assert units == {"cpu_usage": "percent", "disk_used[/var]": "bytes"}
    assert drawn["step"] == 3_600_000
    assert [row["time_ms"] % 3_600_000 for row in drawn["points"]] == [0] * len(drawn["points"])
    assert all(row["min"] <= row["mean"] <= row["max"] for row in drawn["points"])
    missing = invoke("metrics", "web-1", "nothing")
    assert (missing.exit_code, missing.stdout) == (1, "")
    assert "there is no metric nothing of web-1" in missing.stderr
    missing = invoke("metrics", "web-1", "disk_used_percent[/data]")
    assert (missing.exit_code, missing.stdout) == (1, "")
    assert "there is no metric disk_used_percent[/data] of web-1" in missing.stderr
    wrong = invoke("metrics", "web-1", "--last", "soon")
    assert wrong.exit_code == 2


async def test_a_series_that_is_silent_says_since_when(used: Settings) -> None:
    async with opened(used) as kept:
        await kept.write([point(NOW - 20 * 3_600_000, 3.0)])
    answer = await asyncio.to_thread(shown, "web-1", "cpu_usage")
    assert "nothing in the last" in answer.stdout
    assert "the newest is of" in answer.stdout
