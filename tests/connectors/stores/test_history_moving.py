"""Another back end: refused at the start, moved to on request, cut off and gone on with."""

import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import pytest

from connectors.stores import postgres
from connectors.stores.history import influx, moving
from connectors.stores.history.choice import open_named, settle
from connectors.stores.history.moving import Move, move
from connectors.stores.postgres import new_pool
from schemas.errors import UserError
from schemas.history import Point
from schemas.settings import Settings, as_environment, child_environment
from tests.connectors.stores.histories import HOUR, opened, point, settings_for
from tests.stack import RunningStack

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("history")]

NOW: Final = int(time.time() * 1000)


def points(count: int) -> list[Point]:
    chance = random.Random(5)
    return [
        point(NOW - n * 37_000, chance.gauss(0, 1e3), (0, n, 0), f"host {n % 7}", "a,b [c]")
        for n in range(count)
    ]


def disabled(settings: Settings) -> Settings:
    return settings.model_copy(update={"influxdb_enabled": False})


async def everything(settings: Settings, name: str) -> dict[tuple[str, str, int], float]:
    async with new_pool(settings) as pool, open_named(name, settings, pool) as history:
        return {
            (p.host, p.metric, p.time_ms): p.value
            async for pack in history.everything()
            for p in pack
        }


def ignore(_done: Move) -> None:
    """Nobody watches."""


async def test_a_start_with_another_back_end_is_refused(stack: RunningStack) -> None:
    settings = settings_for(stack, "influxdb")
    await settle(disabled(settings))
    await settle(disabled(settings))
    with pytest.raises(UserError, match="is in postgres, the settings ask for influxdb") as refusal:
        await settle(settings)
    assert "foreshock history move" in refusal.value.remedy
    assert "INFLUXDB_ENABLED=false" in refusal.value.remedy
    with pytest.raises(UserError, match="is in postgres"):
        async with opened(settings):
            pass


async def test_there_and_back_again(stack: RunningStack) -> None:
    settings = settings_for(stack, "influxdb")
    written = points(25_000)
    truth = {(p.host, p.metric, p.time_ms): p.value for p in written}
    async with opened(disabled(settings)) as kept:
        await kept.write(written)
    there = await move(settings, "influxdb", ignore)
    assert (there.source, there.points, there.refused) == ("postgres", len(truth), 0)
    assert await everything(settings, "influxdb") == truth
    assert await everything(settings, "postgres") == {}
    with pytest.raises(UserError, match="is in influxdb, the settings ask for postgres"):
        await settle(disabled(settings))
    seen: list[int] = []
    back = await move(settings, "postgres", lambda now: seen.append(now.points))
    assert (back.target, back.points) == ("postgres", len(truth))
    assert seen == sorted(seen)
    assert await everything(settings, "postgres") == truth
    assert await everything(settings, "influxdb") == {}
    async with opened(disabled(settings)) as kept:
        assert len(await kept.history.series()) == 7
        names = ("host 3", "a,b [c]")
        counts = await kept.read(NOW - 30 * 24 * HOUR, NOW + 1, HOUR, "count", names)
        assert sum(counts.values()) == sum(1 for host, _, _ in truth if host == "host 3")
        newer = point(NOW, 1.0, (0, 0, 0), *names)
        assert (await kept.write([newer, newer])).rejected == []
        assert await kept.read(NOW, NOW + 1, names=names) == {NOW: 1.0}


async def test_a_move_may_take_long(stack: RunningStack, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_for(stack, "influxdb")
    async with opened(disabled(settings)) as kept:
        await kept.write(points(100))
    limits = "set local lock_timeout = '60s'; set local idle_in_transaction_session_timeout = '1s'"
    monkeypatch.setattr(postgres, "_LIMITS", limits)

    def slowly(_done: Move) -> None:
        time.sleep(2)

    assert (await move(settings, "influxdb", slowly)).points == 100
    assert (await move(settings, "postgres", slowly)).points == 100
    await settle(disabled(settings))


async def test_a_move_that_was_cut_off_is_gone_on_with(stack: RunningStack) -> None:
    settings = settings_for(stack, "influxdb")
    written = points(22_000)
    async with opened(disabled(settings)) as kept:
        await kept.write(written)

    def cut_off(_done: Move) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await move(settings, "influxdb", cut_off)
    assert 0 < len(await everything(settings, "influxdb")) < len(written)
    assert len(await everything(settings, "postgres")) == len(written)
    await settle(disabled(settings))
    assert (await move(settings, "influxdb", ignore)).points == len(written)
    assert len(await everything(settings, "influxdb")) == len(written)
    again = await move(settings, "influxdb", ignore)
    assert (again.source, again.points) == ("influxdb", 0)


@pytest.mark.parametrize(("source", "target"), [("postgres", "influxdb"), ("influxdb", "postgres")])
async def test_what_a_move_had_still_to_delete_is_deleted_by_the_next(
    stack: RunningStack, monkeypatch: pytest.MonkeyPatch, source: str, target: str
) -> None:
    settings = settings_for(stack, "influxdb")
    async with opened(settings if source == "influxdb" else disabled(settings)) as kept:
        await kept.write(points(50))
    with monkeypatch.context() as cut:
        cut.setattr(moving, "_empty", _cut_off)
        with pytest.raises(KeyboardInterrupt):
            await move(settings, target, ignore)
    assert len(await everything(settings, source)) == 50
    assert len(await everything(settings, target)) == 50
    again = await move(settings, target, ignore)
    assert (again.source, again.points) == (target, 0)
    assert await everything(settings, source) == {}
    assert len(await everything(settings, target)) == 50


async def test_what_was_forgotten_meanwhile_does_not_come_back(
    stack: RunningStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_for(stack, "influxdb")
    async with opened(disabled(settings)) as kept:
        await kept.write(points(50))
    with monkeypatch.context() as cut:
        cut.setattr(moving, "_empty", _cut_off)
        with pytest.raises(KeyboardInterrupt):
            await move(settings, "influxdb", ignore)
    async with opened(settings) as kept:
        await kept.forget(["host 3"])
    await move(settings, "postgres", ignore)
    hosts = {host for host, _, _ in await everything(settings, "postgres")}
    assert hosts == {f"host {n}" for n in (0, 1, 2, 4, 5, 6)}


async def _cut_off(*_of: object) -> None:
    raise KeyboardInterrupt


async def test_many_points_of_an_hour_are_read_in_parts(
    stack: RunningStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(influx, "_PACK", 10)
    settings = settings_for(stack, "influxdb")
    written = [point(NOW - n * 1_000, 1.0, (0, n, 0), f"host {n % 7}") for n in range(300)]
    async with opened(settings) as kept:
        await kept.write(written)
        packs = [pack async for pack in kept.history.everything()]
    assert max(map(len, packs)) <= 10
    assert sorted(p.time_ms for pack in packs for p in pack) == sorted(p.time_ms for p in written)


async def test_what_cannot_be_taken_is_said_and_stays(stack: RunningStack) -> None:
    settings = settings_for(stack, "influxdb")
    odd, old = point(NOW, 1.0, host="a\\"), point(NOW - 100 * 24 * HOUR, 1.0)
    async with opened(disabled(settings)) as kept:
        await kept.write([odd, old, point(NOW, 1.0)])
    done = await move(settings, "influxdb", ignore)
    assert (done.points, done.refused) == (1, 2)
    assert done.reason
    assert len(await everything(settings, "postgres")) == 3


async def test_without_the_other_server_nothing_is_moved(stack: RunningStack) -> None:
    settings = settings_for(stack, "influxdb")
    await settle(settings)
    gone = settings.model_copy(update={"influxdb_url": ""})
    with pytest.raises(UserError, match="there is no InfluxDB"):
        await move(gone, "postgres", ignore)


async def test_the_command_moves(stack: RunningStack, tmp_path: Path) -> None:
    settings = settings_for(stack, "influxdb")
    async with opened(disabled(settings)) as kept:
        await kept.write([point(NOW, 1.0)])
    command = [sys.executable, "-m", "connectors.cli", "--data", str(tmp_path), "history", "move"]
    said = []
    for _ in range(2):
        answer = subprocess.run(  # noqa: ASYNC221 - nothing else is to go on meanwhile
            command, env=child_environment(**as_environment(settings)), cwd=tmp_path,
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert answer.returncode == 0, answer.stderr
        said.append(answer.stdout)
    assert said == [
        "moved 1 points from postgres to influxdb\n",
        "nothing to move: the metric history is in influxdb\n",
    ]
