"""Records that may hold the lines of a time: by what their rows say, packed or not."""

import pytest

from connectors.stores import batches, packing, postgres
from connectors.stores.log_places import newest
from connectors.stores.migrate import migrate
from schemas.batches import Chain, Packable, Row, Run
from schemas.log_reads import Wanted
from tests.stack import RunningStack

pytestmark = pytest.mark.stack

_TOPIC = "logs.raw"
_MINUTE_MS = 60_000


def _row(offset: int, first: int, last: int, *, parsed: int = 10, source: str = "a") -> Row:
    return Row(
        topic=_TOPIC,
        partition=0,
        epoch=0,
        offset=offset,
        prev_offset=offset - 1,
        arrival=1000 * _MINUTE_MS + offset,
        source=source,
        lines=10,
        stated_lines=None,
        parsed=parsed,
        deduplicated=10 - parsed,
        dead=0,
        events=parsed,
        expired=False,
        first_minute=first,
        last_minute=last,
    )


async def test_records_are_found_by_the_times_of_their_lines(stack: RunningStack) -> None:
    settings = stack.settings()
    migrate(settings.database_url.get_secret_value())
    rows = [
        _row(0, 100, 110),
        _row(1, 500, 501),
        _row(2, 502, 503, source="b"),
        _row(3, 504, 504),
        _row(4, 504, 504, parsed=0),  # a repeat
    ]

    async def found(wanted: Wanted) -> list[int]:
        async with postgres.transaction(pool) as connection:
            return [p.offset for p in await newest(connection, _TOPIC, wanted, None, 100)]

    async with postgres.new_pool(settings) as pool:
        async with postgres.transaction(pool) as connection:
            await batches.lock_frontiers(connection, {Chain(_TOPIC, 0, 0): 0})
            await batches.insert(connection, rows)
        assert await found(Wanted()) == [3, 2, 1, 0]
        recent = Wanted(since_ms=502 * _MINUTE_MS, until_ms=503 * _MINUTE_MS)
        old = Wanted(since_ms=105 * _MINUTE_MS, until_ms=106 * _MINUTE_MS)
        assert await found(recent) == [2]
        assert await found(old) == [0]
        assert await found(Wanted(only={"source": ["b"]})) == [2]
        assert await found(Wanted(never={"source": ["b"]})) == [3, 1, 0]
        async with postgres.transaction(pool) as connection:
            run = Run(tuple(_packable(row) for row in rows[1:]))
            await packing.pack(connection, packing.LINES, Chain(_TOPIC, 0, 0), [run])
        assert await found(recent) == [4]
        assert await found(old) == [0]
        assert await found(Wanted(only={"source": ["b"]})) == [4]


def _packable(row: Row) -> Packable:
    counts = (row.lines, row.parsed, row.deduplicated, row.dead, row.events)
    return Packable(row.offset, row.prev_offset, 1, row.arrival, counts, True)
