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
