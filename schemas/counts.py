"""Keys under which the lines of patterns are counted, and where a pattern was seen."""

from typing import NamedTuple


class MinuteKey(NamedTuple):
    """`minute` is Unix time // 60, UTC."""

    source: str
    uid: str
    severity: int
    minute: int


class LineTimes(NamedTuple):
    """Lines whose time was guessed, and lines whose time was not believed."""

    guessed: int
    unbelieved: int


class HourKey(NamedTuple):
    """`hour` is Unix time // 3600, UTC."""

    source: str
    uid: str
    host: str
    service: str
    hour: int


class Sighted(NamedTuple):
    """Between which times a pattern was seen (Unix ms) and where a line of it can be read."""

    first_seen: int
    last_seen: int
    topic: str
    partition: int
    epoch: int
    offset: int
    line: int


class Seen(NamedTuple):
    """When something last came, Unix ms; `live` unless all that came was imported."""

    at_ms: int
    live: bool

    def and_(self, other: "Seen | None") -> "Seen":
        """Both together, in whatever order."""
        return Seen(max(self.at_ms, other.at_ms), self.live or other.live) if other else self


class SeverityKey(NamedTuple):
    """`minute` is Unix time // 60, UTC. The minute comes first, as readers ask by time."""

    minute: int
    source: str
    severity: int


class PlaceKey(NamedTuple):
    """Whose lines a source has sent, and of which service."""

    host: str
    source: str
    service: str
