"""Windows of time as the tables of counts hold them: whole hours, and minutes at the edges. Pure.

Times are Unix minutes, the end is not included. Counts by the hour are up to sixty times fewer
than those by the minute, and say the same of whole hours.
"""

from typing import Final, NamedTuple

from psycopg.sql import SQL, Composable, Literal

_HOUR: Final = 60
_MINUTES: Final = SQL(
    "select source, uid, lines from pattern_minutes where minute >= {} and minute < {}"
)
_HOURS: Final = SQL("select source, uid, lines from pattern_hours where hour >= {} and hour < {}")


class Span(NamedTuple):
    """Minutes since <= minute < until."""

    since: int
    until: int

    @property
    def before(self) -> "Span":
        """The span of the same length that ends where this one begins."""
        return Span(2 * self.since - self.until, self.since)


def counted(span: Span) -> Composable:
    """A query for (source, uid, lines) of the lines within the span, in several rows each."""
    first, last = -(-span.since // _HOUR), span.until // _HOUR
    if first >= last:
        return _MINUTES.format(Literal(span.since), Literal(span.until))
    parts: list[Composable] = [_HOURS.format(Literal(first), Literal(last))]
    if span.since < first * _HOUR:
        parts.append(_MINUTES.format(Literal(span.since), Literal(first * _HOUR)))
    if last * _HOUR < span.until:
        parts.append(_MINUTES.format(Literal(last * _HOUR), Literal(span.until)))
    return SQL(" union all ").join(parts)
