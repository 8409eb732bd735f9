"""What every reader of one process shares, and how a reader is told to take a file."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
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

    `timezone` is the name of the zone of times that name none, "" where nobody knows it.
    `again` counts it from its first byte although the book knows it (or goes on with a run that
    did so and was cut short); `imported` marks a file
    read once, whose past raises no live alerts.
    """

    source: str = ""
    format: str = ""
    again: bool = False
    imported: bool = True
    timezone: str = ""

    def template(self, source: str) -> LogBatch:
        """A record without lines."""
        return LogBatch(
            source, [], format=self.format, imported=self.imported, timezone=self.timezone
        )


@contextmanager
def open_files(settings: Settings) -> Iterator[tuple[Book, Claims]]:
    """The files of the edges in the data directory; once a process, as claims ask for it.

    Raises UserError when they cannot be written.
    """
    path = settings.data_dir / "edges.sqlite"
    with (
        open_book(path, settings.fsync) as book,
        open_claims(path.with_suffix(".lock")) as claims,
    ):
        yield book, claims


@asynccontextmanager
async def open_edge(settings: Settings) -> AsyncIterator[Edge]:
    """The edge of a process with one reader.

    Raises UserError when its files cannot be written, Unavailable when the broker does not answer.
    """
    with open_files(settings) as (book, claims):
        async with Publisher(settings) as publisher:
            yield Edge(book, claims, publisher)
