"""The cheap look at the ledger: exact while little is unread, in records while much is."""

import pytest

from connectors import glimpse
from connectors.ledger import draw_up
from connectors.live import total
from connectors.shared_logs import SharedLogs
from connectors.stores import postgres
from schemas.headers import Headers
from schemas.ledger import UNATTRIBUTED, Ledger
from schemas.logs import LogBatch
from schemas.settings import Settings
from tests.stack import RunningStack
from tests.workers import installation, produce, publish

pytestmark = pytest.mark.stack


@pytest.fixture
def settings(stack: RunningStack) -> Settings:
    """Of a fresh installation that no worker reads."""
    return installation(stack)


async def look(settings: Settings) -> Ledger:
    logs = SharedLogs(settings, 60)
    try:
        with postgres.connect(settings) as connection:
            return await glimpse.ledger(settings, connection, logs)
    finally:
        await logs.close()


async def test_while_little_is_unread_it_is_the_ledger(settings: Settings) -> None:
    assert await look(settings) == await draw_up(settings)
    await publish(settings, [LogBatch("a", [b"one", b"two"]), LogBatch("b", [b"three"])])
    found = await look(settings)
    assert found == await draw_up(settings)
    assert {line.source: line.in_flight for line in found.sources} == {"a": 2, "b": 1}


async def test_while_much_is_unread_records_in_flight_stay_exact(settings: Settings) -> None:
    no_headers: Headers = []
    await produce(settings, [(b"%d" % n, b"line", no_headers) for n in range(1_500)])
    found = await look(settings)
    assert found.balanced
    assert found.in_flight == 1_500
    assert [line.source for line in found.sources] == [UNATTRIBUTED]
    sums = total(found)
    assert sums.accepted == sums.in_flight == 1_500
