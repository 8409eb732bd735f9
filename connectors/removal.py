"""Removes what the made-up fleet has left: counts, points, signals, alerts, how far it got."""

import asyncio
from typing import NamedTuple

from connectors.sources.book import open_book
from connectors.stores import alerts, demo, postgres, signals
from connectors.stores.demo_points import RemovedPoints, remove_points
from connectors.stores.history.choice import open_history
from schemas.demo import RANGE_PREFIX
from schemas.settings import Settings


class Removed(NamedTuple):
    """How much there was. `kept_hosts` have points still, because others measure them, too."""

    lines: int
    sources: int
    points: int
    alerts: int
    kept_hosts: list[str]


def remove_demo(settings: Settings) -> Removed:
    """Everything in the tables and in the history that is marked as demo data.

    Raw records stay in the topics until their retention ends. Raises Unavailable, and UserError
    when the history is not where the settings say.
    """
    with postgres.connect(settings) as connection:
        lines, sources = demo.remove_lines(connection)
        points, kept_hosts = asyncio.run(_points(settings))
        count = alerts.remove_demo(connection)
        signals.remove_demo(connection)
    with open_book(settings.data_dir / "edges.sqlite", settings.fsync) as book:
        book.forget_cursors(RANGE_PREFIX)
    return Removed(lines, sources, points, count, kept_hosts)


async def _points(settings: Settings) -> RemovedPoints:
    async with (
        postgres.new_pool(settings) as pool,
        open_history(settings, pool) as history,
        postgres.transaction(pool) as connection,
    ):
        return await remove_points(connection, history)
