"""The metric history while InfluxDB does not let us in, or says nothing: 503, and why."""

import asyncio
import socket
from functools import partial
from typing import cast

import pytest

from api import histories
from api.histories import Histories, in_time
from api.problems import Problem
from connectors.embedded.ports import LOOPBACK
from connectors.stores.history.back_end import INFLUXDB
from connectors.stores.history.choice import open_named
from connectors.stores.postgres import Pool
from schemas.errors import Unavailable, UserError
from schemas.settings import Settings


async def _refused() -> None:
    raise UserError("InfluxDB at http://i refuses INFLUXDB_TOKEN: unauthorized", "give it another")


async def test_a_token_that_is_refused_later_is_told() -> None:
    with pytest.raises(Problem, match=r"refuses INFLUXDB_TOKEN.*give it another") as raised:
        await in_time(_refused())
    assert raised.value.status == 503


async def test_an_influxdb_that_says_nothing_is_named_to_all_who_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A server that takes connections and answers none of them."""
    monkeypatch.setattr(histories, "_PATIENCE_SECONDS", 0.5)
    monkeypatch.setattr(histories, "open_history", partial(open_named, INFLUXDB))
    with socket.create_server((LOOPBACK, 0)) as silent:
        url = f"http://{LOOPBACK}:{silent.getsockname()[1]}"
        settings = Settings(influxdb_enabled=True, influxdb_url=url)
        found = Histories(settings, cast(Pool, None))
        asking = (found.open() for _ in range(3))
        answers = await asyncio.wait_for(asyncio.gather(*asking, return_exceptions=True), 20)
        await found.close()
    for answer in answers:
        assert isinstance(answer, Unavailable)
        assert str(answer).startswith(f"InfluxDB at {url} is unavailable: no answer")
