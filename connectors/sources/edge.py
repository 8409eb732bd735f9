"""What every reader of one process shares, and how a reader is told to take a file."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from connectors.publish import Publisher
from connectors.sources.book import Book, open_book
from connectors.sources.claims import Claims, open_claims
from schemas.logs import LogBatch
from schemas.settings import Settings


@dataclass(frozen=True, slots=True)
class Edge:
    """The book, the claims and the way to the broker."""

    book: Book
    claims: Claims
    publisher: Publisher


@dataclass(frozen=True, slots=True)
class Wish:
    """How a file is to be taken; `source` "" names each file after its path.

    `again` counts it from its first byte although the book knows it; `imported` marks a file
    read once, whose past raises no live alerts.
    """

    source: str = ""
    format: str = ""
    again: bool = False
    imported: bool = True

    def template(self, source: str) -> LogBatch:
        """A record without lines."""
        return LogBatch(source, [], format=self.format, imported=self.imported)


@asynccontextmanager
async def open_edge(settings: Settings) -> AsyncIterator[Edge]:
    """The edge of this process, with its files in the data directory.

    Raises UserError when they cannot be written, Unavailable when the broker does not answer.
    """
    path = settings.data_dir / "edges.sqlite"
    with (
        open_book(path, settings.fsync) as book,
        open_claims(path.with_suffix(".lock")) as claims,
    ):
        async with Publisher(settings) as publisher:
            yield Edge(book, claims, publisher)
