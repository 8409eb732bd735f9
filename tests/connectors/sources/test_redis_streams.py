"""The streams bridge on a real Valkey and a real broker."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.connectors.sources.streams import add, bridged, lines_once, polling, settled
from tests.connectors.sources.support import arrived
from tests.stack import RunningStack
from tests.valkey import Valkey

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("redis")]


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    server = Valkey(tmp_path_factory.mktemp("valkey") / "data")
    yield server
    server.kill()


async def test_entries_arrive_once_in_order_and_are_acknowledged(
    stack: RunningStack, valkey: Valkey, tmp_path: Path
) -> None:
    settings = await bridged(stack, valkey, tmp_path, redis_streams=["logs"])
    texts = [b"line %05d of many" % n for n in range(2500)]
    async with valkey.client() as client:
        await client.delete("logs")
        await add(client, "logs", texts[:1500])
        async with polling(settings):
            await add(client, "logs", texts[1500:])
            await settled(client, settings, "logs")
        assert await client.xlen("logs") == 2500, "nothing is trimmed without being told to"
    records = await arrived(settings)
    assert [line for record in records for line in record.batch.lines] == texts
    assert {record.batch.source for record in records} == {"redis/logs"}
    assert len({record.range for record in records}) == len(records) < 20
    assert lines_once(records) == Counter(texts)
