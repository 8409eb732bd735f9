"""A cursor that somebody made is refused, or bound as something that Postgres takes."""

from datetime import UTC, datetime

import pytest

from connectors.stores.filtering import Column, order
from schemas.errors import InvalidEvent
from schemas.filters import Sort
from schemas.pages import to_cursor

_NEWEST = order(None, Sort("at", descending=True), {"at": Column("at", holds=datetime)}, "id")


@pytest.mark.parametrize(
    ("said", "bound"),
    [
        ("2024-01-01T01:00:00.5+01:00", datetime(2024, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC)),
        ("2024-W01-1T00:00:00+00:00", datetime(2024, 1, 1, tzinfo=UTC)),
        ("20240101T000000+2359", datetime(2023, 12, 31, 0, 1, tzinfo=UTC)),
    ],
)
def test_a_time_is_bound_as_what_it_was_read_as(said: str, bound: datetime) -> None:
    """Postgres reads neither weeks nor such zones."""
    made = _NEWEST.after(to_cursor([_NEWEST.name, said, "a"]))
    assert made.bound == {"c0": bound, "c1": "a"}
    assert made.bound["c0"].tzinfo is UTC


@pytest.mark.parametrize(
    "said", ["2024-01-01T00:00:00", "0001-01-01T00:00:00+01:00", "now", "", 1, None, True]
)
def test_what_is_no_time_is_refused(said: str | int | None) -> None:
    with pytest.raises(InvalidEvent, match="cursor"):
        _NEWEST.after(to_cursor([_NEWEST.name, said, "a"]))
