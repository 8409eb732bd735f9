"""CSV cells: text is harmless in a spreadsheet, numbers stay numbers."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from api.csv import cell


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        (True, "true"),
        (-5, "-5"),
        (-0.25, "-0.25"),
        ("-5", "'-5"),
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1", "'+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\\x09=1"),
        ("\r=1", "'\\x0d=1"),
        ("a=b", "a=b"),
        ("\x1b[31mred", "\\x1b[31mred"),
        (["=a", "b"], "'=a; b"),
        ({"info": 3}, '{"info": 3}'),
        (datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))), "2026-01-01T00:00:00Z"),
        (datetime(2026, 1, 1, tzinfo=UTC), "2026-01-01T00:00:00Z"),
    ],
)
def test_cells(value: object, expected: str) -> None:
    assert cell(value) == expected
