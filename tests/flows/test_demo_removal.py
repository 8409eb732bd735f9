"""Made-up data is gone after one command, and the books of everything balance without it."""

import asyncio
import time

import psycopg

from agents.app import create_app
from agents.engine.packer import Packer
from connectors.publish import batch_headers
from connectors.removal import Removed, remove_demo
from connectors.sources.book import open_book
from schemas.ledger import Ledger
from schemas.logs import LogBatch, encode_batch
from schemas.settings import Settings
from tests.flows.truth import counted, execute
from tests.stack import RunningStack
from tests.workers import books, produce, running, settled

RANGE = "demo:1:web-1/nginx:0-60"


def batch(source: str, lines: int) -> LogBatch:
    return LogBatch(source, [b"line %d" % n for n in range(lines)], demo=source.startswith("demo/"))


def send(settings: Settings, *batches: LogBatch, part: str | None = None) -> None:
    """As edges do."""
    records = [(b.source.encode(), encode_batch(b), batch_headers(b, part)) for b in batches]
    asyncio.run(produce(settings, records))


async def pack(settings: Settings) -> None:
    """What a persist worker does now and then."""
    app = create_app(settings, "persist")
    await app.pool.open()
    try:
        await Packer(app, settings).pack(int(time.time() * 1000) + 120_000)
    finally:
        await app.pool.close()


def accepted(ledger: Ledger) -> dict[str, int]:
    """Lines by source of books that balance."""
    assert ledger.balanced, ledger.faults
    return {name: line.accepted for name, line in books(ledger).items()}


def test_removed_lines_are_gone_and_the_books_balance(stack: RunningStack) -> None:
    with running(stack) as workers:
        settings = workers.settings
        send(settings, batch("demo/web-1", 40), part=RANGE)
        send(settings, batch("demo/db-1", 7), batch("web-1", 11), batch("demolition", 3))
        settled(workers, 61)
        asyncio.run(pack(settings))
        send(settings, batch("demo/web-1", 5))
        settled(workers, 66)
        with open_book(settings.data_dir / "edges.sqlite") as book:
            book.set_cursors("demo:1", "60", "60")
            book.set_cursors("journald:h", "a", "a")

        removed = remove_demo(settings)
        assert removed == Removed(52, 2, 0, 0, [])
        assert counted(settings) == {"web-1": 11, "demolition": 3}
        assert accepted(settled(workers, 14)) == {"web-1": 11, "demolition": 3}
        with open_book(settings.data_dir / "edges.sqlite") as book:
            assert book.cursors("demo:1") == ("", "")
            assert book.cursors("journald:h") == ("a", "a")
        assert remove_demo(settings) == Removed(0, 0, 0, 0, [])

        send(settings, batch("demo/web-1", 40), part=RANGE)  # the same shop, published again
        assert accepted(settled(workers, 54)) == {"demo/web-1": 40, "web-1": 11, "demolition": 3}
        asyncio.run(pack(settings))
        assert remove_demo(settings).lines == 40
        assert accepted(settled(workers, 14)) == {"web-1": 11, "demolition": 3}


def test_what_is_missing_besides_is_still_found(stack: RunningStack) -> None:
    with running(stack) as workers:
        send(workers.settings, batch("demo/web-1", 40), batch("web-1", 11))
        settled(workers, 51)
        remove_demo(workers.settings)
        execute(workers.settings, "update removed_sums set parsed = parsed - 1, lines = lines - 1")
        ledger = settled(workers, 12)
        assert [(fault.kind, fault.source) for fault in ledger.faults] == [("counts", "demo/web-1")]


def test_removal_and_counting_do_not_overlap(stack: RunningStack) -> None:
    with running(stack) as workers:
        for _ in range(5):
            send(workers.settings, *(batch("demo/web-1", 100) for _ in range(20)))
            remove_demo(workers.settings)
            assert not settled(workers, 0).faults
        remove_demo(workers.settings)
        with psycopg.connect(workers.settings.database_url.get_secret_value()) as connection:
            row = connection.execute("select lines, parsed from removed_sums").fetchone()
        assert row == (10_000, 10_000)
