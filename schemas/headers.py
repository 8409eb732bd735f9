"""Names of the record headers that edges and agents agree on; values are UTF-8 text."""

from typing import Final

SCHEMA: Final = "schema"  # struct and version of the value, e.g. LogBatch/1; absent: a stranger's
SOURCE: Final = "source"  # whose lines these are
LINES: Final = "lines"  # how many lines the edge put in, so that the books can check
POINTS: Final = "points"  # likewise, how many metric points
RANGE: Final = "range"  # what of the origin this is, e.g. fingerprint:from-to; unique for ever
REPLAY: Final = "replay"  # id of the dead letter that is tried again
TRACEPARENT: Final = "traceparent"  # W3C trace context, the correlation id

# Dead letters only.
DEAD_ID: Final = "dead-id"
DEAD_TOPIC: Final = "dead-topic"
DEAD_PARTITION: Final = "dead-partition"
DEAD_OFFSET: Final = "dead-offset"
DEAD_STAGE: Final = "dead-stage"
DEAD_REASON: Final = "dead-reason"
DEAD_DETAIL: Final = "dead-detail"
DEAD_ATTEMPTS: Final = "dead-attempts"

NUL_PICTURE: Final = "\u2400"  # in the place of NUL, which no database keeps
_LONGEST: Final = 500

Headers = list[tuple[str, bytes]]


def text(headers: Headers | tuple[tuple[str, bytes], ...], name: str) -> str | None:
    """The first value under a name, as text; None when absent, not UTF-8 or over 500 characters.

    NUL, which no database keeps, becomes its picture (U+2400).
    """
    for key, value in headers:
        if key == name:
            try:
                found = value.decode("utf-8").replace("\x00", NUL_PICTURE)
                return found if len(found) <= _LONGEST else None
            except (UnicodeDecodeError, AttributeError):
                return None
    return None


def number(headers: Headers | tuple[tuple[str, bytes], ...], name: str) -> int | None:
    """The first value under a name as a count; None when absent or no such thing."""
    found = text(headers, name)
    return int(found) if found and found.isascii() and found.isdigit() and len(found) < 16 else None
