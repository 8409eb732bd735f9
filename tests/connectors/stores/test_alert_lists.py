"""Alerts of a window: those that went on at some time of it, however they are asked for."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.stores import alert_lists, alerts
from connectors.stores.migrate import migrate
from connectors.stores.postgres import new_pool, transaction
from schemas.alert_lists import ALERT_LIST
from schemas.alerts import AlertState
from schemas.filters import parse
from tests.connectors.alerting import alert
from tests.stack import RunningStack

pytestmark = pytest.mark.stack

_NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
_LONG_AGO = _NOW - timedelta(days=3)


async def test_an_open_alert_without_news_is_in_every_window_since_it_began(
    stack: RunningStack,
) -> None:
    settings = stack.settings()
    await asyncio.to_thread(migrate, settings.database_url.get_secret_value())
    states: list[tuple[str, dict[str, Any]]] = [
        ("firing", {"state": AlertState.FIRING}),
        ("acknowledged", {"state": AlertState.FIRING, "acknowledged": True}),
        ("suppressed", {"state": AlertState.FIRING, "suppressed": True}),
        ("pending", {"state": AlertState.PENDING}),
        ("resolved", {"state": AlertState.RESOLVED}),
        ("expired", {"state": AlertState.EXPIRED}),
    ]
    old = [
        alert(number, id=name, first_seen=_LONG_AGO, last_seen=_LONG_AGO, **state)
        for number, (name, state) in enumerate(states)
    ]
    late = alert(9, id="late", state=AlertState.RESOLVED, first_seen=_LONG_AGO, last_seen=_NOW)
    still_open = {name for name, _ in states[:4]}
    async with new_pool(settings) as pool, transaction(pool) as connection:
        records = [alerts.Record(0, n, n, one) for n, one in enumerate([*old, late])]
        await alerts.store(connection, records)

        async def found(query: str) -> set[str]:
            """By the list, by bulk and by count, which must agree."""
            asked = parse(query, ALERT_LIST, ())
            page = await alert_lists.page(connection, asked, _NOW, 100, None)
            listed = {one.id for one in page.items}
            counted = await alert_lists.facets(connection, asked, _NOW)
            assert set(await alert_lists.ids(connection, asked, _NOW, 100)) == listed
            assert (page.total, counted.total) == (len(listed), len(listed))
            return listed

        assert await found("from=-24h&to=now") == still_open | {"late"}
        assert await found("from=-24h&to=now&state=firing") == {"firing"}
        assert await found("from=-4d&to=now") == {name for name, _ in states} | {"late"}
        assert await found("from=-5d&to=-4d") == set()
