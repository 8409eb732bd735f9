"""Metric history in InfluxDB beyond the contract: refusals, the bucket, the line protocol."""

import re
import time
from collections.abc import AsyncIterator
from typing import Final

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from connectors.embedded.ports import LOOPBACK
from connectors.stores.history import influx_lines
from connectors.stores.history.influx import InfluxHistory
from schemas.errors import Unavailable, UserError
from schemas.history import Point
from tests.connectors.stores.histories import HOUR, Opened, opened, point, settings_for
from tests.stack import RunningStack

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("history")]

NOW: Final = int(time.time() * 1000)
DAY: Final = 24 * HOUR


@pytest.fixture
async def kept(stack: RunningStack) -> AsyncIterator[Opened]:
    async with opened(settings_for(stack, "influxdb")) as found:
        assert isinstance(found.history, InfluxHistory)
        yield found


def authorized(kept: Opened) -> httpx.AsyncClient:
    token = kept.settings.influxdb_token.get_secret_value()
    headers = {"Authorization": f"Token {token}"}
    return httpx.AsyncClient(base_url=kept.settings.influxdb_url, headers=headers)


async def write_lines(kept: Opened, lines: str) -> None:
    """As a stranger would, past us."""
    places = {"org": "aiops", "bucket": kept.settings.influxdb_bucket, "precision": "ms"}
    async with authorized(kept) as client:
        answer = await client.post("/api/v2/write", params=places, content=lines)
        assert answer.status_code == 204, answer.text


async def retention_days(kept: Opened) -> float:
    async with authorized(kept) as client:
        query = {"org": "aiops", "name": kept.settings.influxdb_bucket}
        [bucket] = (await client.get("/api/v2/buckets", params=query)).json()["buckets"]
    [rule] = bucket["retentionRules"]
    return float(rule["everySeconds"]) / 86_400


async def test_the_bucket_is_made_with_the_retention(kept: Opened) -> None:
    assert await retention_days(kept) == 90
    async with opened(kept.settings) as again:
        assert await again.history.series() == []


async def test_a_bucket_that_keeps_less_than_the_settings_say_is_changed(kept: Opened) -> None:
    await kept.write([point(NOW, 1.5)])
    for wanted, days in ((120, 120), (30, 120)):  # what keeps more is left to its administrator
        changed = kept.settings.model_copy(update={"metric_retention_days": wanted})
        async with opened(changed) as again:
            assert await retention_days(kept) == days
            assert await again.read(NOW, NOW + 1) == {NOW: 1.5}


async def test_measurement_tag_and_field_are_the_agreed_ones(kept: Opened) -> None:
    await kept.write([point(NOW, 1.5, metric="memory_used")])
    text = f'from(bucket: "{kept.settings.influxdb_bucket}") |> range(start: -1h)'
    async with authorized(kept) as client:
        headers = {"Content-Type": "application/vnd.flux", "Accept": "application/csv"}
        answer = await client.post(
            "/api/v2/query", params={"org": "aiops"}, content=text, headers=headers
        )
    header, row = (line.split(",") for line in answer.text.split()[:2])
    found = dict(zip(header, row, strict=True))
    assert found["_measurement"] == "system_metrics"
    assert (found["host"], found["_field"], found["_value"]) == ("web-1", "memory_used", "1.5")


async def test_points_of_another_type_are_rejected_and_the_rest_is_kept(kept: Opened) -> None:
    await write_lines(kept, f"system_metrics,host=web-1 state=1i {NOW}")
    states = [point(NOW + n, 1.0, (0, 0, n), f"web-{n % 9}", "state") for n in range(400)]
    others = [point(NOW + n, 2.0, (0, 0, n), f"web-{n % 9}") for n in range(8_000)]
    written = await kept.write([*others[:4_000], *states, *others[4_000:]])
    assert [rejected for rejected, _ in written.rejected] == states
    assert all("field type conflict" in why for _, why in written.rejected)
    assert (written.stored, written.overwritten) == (8_000, 0)
    found = [one async for pack in kept.history.everything() for one in pack]
    assert len(found) == 8_001


async def test_points_beyond_the_retention_are_rejected_and_the_rest_is_kept(kept: Opened) -> None:
    old = [point(NOW - 100 * DAY - n, 1.0) for n in range(300)]
    fresh = [point(NOW - n, 2.0) for n in range(300)]
    mixed = [one for pair in zip(old, fresh, strict=True) for one in pair]
    written = await kept.write([*mixed, old[0]])
    assert written.stored == 300
    assert written.overwritten == 0
    assert [one for one, _ in written.rejected] == [*old, old[0]]
    assert "retention" in written.rejected[0][1]
    assert len(await kept.read(0, NOW + 1)) == 300


async def test_names_that_the_protocol_cannot_carry_are_rejected(kept: Opened) -> None:
    bad = [
        point(NOW, 1.0, host="ends with \\"),
        point(NOW, 1.0, host="a\\,b"),
        point(NOW, 1.0, metric="a\\ b"),
        point(NOW, 1.0, metric="a\\\\\\=b"),
        point(NOW, 1.0, metric="time"),
    ]
    good = [point(NOW, 1.0, host="a\\\\,b"), point(NOW, 2.0, metric="C:\\x")]
    written = await kept.write([*bad, *good])
    assert {id(one) for one, _ in written.rejected} == {id(one) for one in bad}
    assert written.stored == len(good)
    assert sorted((s.host, s.metric) for s in await kept.history.series()) == sorted(
        (one.host, one.metric) for one in good
    )


_NAMES = st.text(st.sampled_from("a ,=\\\"'é{}[]"), min_size=1, max_size=6)


@given(_NAMES, _NAMES)
def test_a_line_reads_back_as_its_point(host: str, metric: str) -> None:
    one = Point(host, metric, 1, 0.1, 0, 0, 0)
    if influx_lines.refused(one):
        return
    assert parsed(influx_lines.line(one)) == (host, metric, "0.1", "1")


def parsed(line: str) -> tuple[str, str, str, str]:
    """As the server reads a line: a backslash takes the next character with it."""
    word = r"((?:\\.|[^\\,= ])+)"
    found = re.fullmatch(rf"system_metrics,host={word} {word}=(\S+) (\S+)", line)
    assert found, line
    host, metric = (re.sub(r"\\([,= ])", r"\1", found[n]) for n in (1, 2))
    return host, metric, found[3], found[4]


async def test_a_wrong_token_is_said_to_a_person(kept: Opened) -> None:
    wrong = kept.settings.model_copy(update={"influxdb_token": SecretStr("wrong")})
    with pytest.raises(UserError, match="refuses INFLUXDB_TOKEN: unauthorized"):
        async with opened(wrong):
            pass


async def test_an_unknown_organization_is_said_to_a_person(kept: Opened) -> None:
    wrong = kept.settings.model_copy(update={"influxdb_org": "nobody's"})
    with pytest.raises(UserError, match='has no organization "nobody\'s"'):
        async with opened(wrong):
            pass


async def test_a_server_that_does_not_answer_is_unavailable(kept: Opened) -> None:
    wrong = kept.settings.model_copy(update={"influxdb_url": f"http://{LOOPBACK}:9"})
    with pytest.raises(Unavailable, match=f"unavailable: http://{LOOPBACK}:9"):
        async with opened(wrong):
            pass


async def test_a_bucket_that_is_gone_is_unavailable(kept: Opened) -> None:
    async with authorized(kept) as client:
        query = {"org": "aiops", "name": kept.settings.influxdb_bucket}
        [bucket] = (await client.get("/api/v2/buckets", params=query)).json()["buckets"]
        await client.delete(f"/api/v2/buckets/{bucket['id']}")
    with pytest.raises(Unavailable, match=r"influxdb is unavailable: .*not found"):
        await kept.write([point(NOW, 1.0)])
