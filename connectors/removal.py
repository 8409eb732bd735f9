"""Removes what the made-up fleet has left: counts, alerts, and how far it was published."""

from typing import NamedTuple

from connectors.sources.book import open_book
from connectors.stores import alerts, demo, postgres
from schemas.demo import RANGE_PREFIX
from schemas.settings import Settings


class Removed(NamedTuple):
    """How much there was."""

    lines: int
    sources: int
    alerts: int


def remove_demo(settings: Settings) -> Removed:
    """Everything in the tables that is marked as demo data. Raises Unavailable.

    Raw lines stay in the topics until their retention ends.
    """
    with postgres.connect(settings) as connection:
        lines, sources = demo.remove_lines(connection)
        count = alerts.remove_demo(connection)
    with open_book(settings.data_dir / "edges.sqlite", settings.fsync) as book:
        book.forget_cursors(RANGE_PREFIX)
    return Removed(lines, sources, count)
