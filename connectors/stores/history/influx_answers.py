"""What InfluxDB answers: rows in CSV, times in RFC 3339. Pure."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from schemas.errors import Unavailable
from schemas.history import Point

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def unix_ms(rfc3339: str) -> int:
    """Fractions of a millisecond are dropped."""
    return (datetime.fromisoformat(rfc3339) - _EPOCH) // timedelta(milliseconds=1)


def moved(row: dict[str, str]) -> Point:
    """A point whose place on the wire is not known any more: below every place."""
    return Point(row["host"], row["_field"], unix_ms(row["_time"]), float(row["_value"]), -1, 0, 0)


def rows_of(answer: str) -> Iterator[dict[str, str]]:
    """The rows of an answer in CSV: blocks with a header each. Raises Unavailable for a late error.

    https://docs.influxdata.com/influxdb/v2/reference/syntax/annotated-csv/
    """
    header: list[str] = []
    for row in csv.reader(io.StringIO(answer, newline="")):
        if not row:
            header = []
        elif not header:
            header = row
        elif "error" in header:
            raise Unavailable("influxdb", row[header.index("error")])
        else:
            yield dict(zip(header, row, strict=True))
