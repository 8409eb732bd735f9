"""The shop's lines as the agents read them: events with their fields and patterns."""

from collections.abc import Iterator
from typing import NamedTuple

from agents.parsing.lines import Fields, LineParser
from agents.parsing.miner import new_miner
from agents.parsing.traces import join
from connectors.sources.shop.fleet import Stream
from connectors.sources.shop.shop import Observations, Shop

START = 1_780_300_800  # a Monday, 08:00 UTC
HOUR = 3600


class Event(NamedTuple):
    """A line with those that go on with it. `read_at`: until when the shop had been observed."""

    stream: Stream
    fields: Fields
    uid: str
    read_at: int
    text: str


class Reader:
    """Reads one shop's lines, each stream by a parser of its own; one miner for all."""

    def __init__(self) -> None:
        self._parsers: dict[Stream, LineParser] = {}
        self._miner = new_miner()

    def read(self, seen: Observations, at: int) -> Iterator[Event]:
        """The events of one step that ended at `at` (Unix seconds)."""
        for stream, lines in seen.lines.items():
            texts = [line.decode() for line in lines]
            firsts = [texts[first] for first, _ in join(texts)]
            parser = self._parsers.setdefault(
                stream, LineParser(host=stream.host, service=stream.service)
            )
            fields = parser.parse_many(firsts, at * 1000)
            uids = self._miner.add_many([one.message for one in fields])
            for one, uid, text in zip(fields, uids, firsts, strict=True):
                yield Event(stream, one, uid, at, text)


def events(shop: Shop, until: int, reader: Reader, width: int = 60) -> Iterator[Event]:
    """Everything that the shop says until then, observed every `width` seconds."""
    while shop.now < until:
        seen = shop.step(min(shop.now + width, until), HOUR)  # points are not asked for
        yield from reader.read(seen, shop.now)
