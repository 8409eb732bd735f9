"""A filter means the same of a table and of rows in memory, whatever it is."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.sql import SQL

from connectors.stores.filtering import Column, moment, where
from schemas.filter_values import Kind, flag, number
from schemas.filters import Condition, Field, Filter, Grammar
from schemas.matching import matcher
from tests.stack import RunningStack

pytestmark = pytest.mark.stack

_NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
_WORDS = ("info", "warning", "high")
_GRAMMAR = Grammar(
    {
        "id": Field(Kind.NUMBER),
        "host": Field(),
        "severity": Field(Kind.WORD, _WORDS, ordered=True),
        "size": Field(Kind.NUMBER),
        "seen": Field(Kind.TIME),
        "back": Field(Kind.FLAG),
    }
)
_COLUMNS = {
    "id": Column("id", number),
    "host": Column("host"),
    "severity": Column("severity", _WORDS.index),
    "size": Column("size", number),
    "seen": Column("seen", moment(_NOW)),
    "back": Column("back", flag),
}


class _Row(NamedTuple):
    """As `matcher` sees it."""

    id: int
    host: str | None
    severity: str
    size: float | None
    seen: datetime | None
    back: bool


_HOSTS = ("web-1", "WEB-2", "a%b", "a_b", "back\\slash", "", None)
_TIMES = ("now", "-1h", "-2h", "2026-03-01T10:30:00+00:00")
_ROWS = [
    _Row(
        number_,
        _HOSTS[number_ % len(_HOSTS)],
        _WORDS[number_ % 3],
        None if number_ % 5 == 0 else number_ / 2,
        None if number_ % 4 == 0 else _NOW - timedelta(minutes=30 * (number_ % 6)),
        number_ % 2 == 0,
    )
    for number_ in range(42)
]

_ANY, _ONE = st.sampled_from(["=", "!="]), st.sampled_from([">=", ">", "<=", "<"])


def _conditions(name: str, values: st.SearchStrategy[str]) -> st.SearchStrategy[Condition]:
    several = st.lists(values, min_size=1, max_size=3, unique=True).map(tuple)
    both = st.tuples(_ANY, several)
    if _GRAMMAR.fields[name].ranges:
        both = both | st.tuples(_ONE, values.map(lambda value: (value,)))
    return both.map(lambda made: Condition(name, *made))


_filters = st.builds(
    Filter,
    st.lists(
        st.one_of(
            _conditions("id", st.sampled_from(["0", "7", "+7", "7.5", "1e1", "-3"])),
            _conditions("host", st.sampled_from([*filter(None, _HOSTS), "", "nobody"])),
            _conditions("severity", st.sampled_from(_WORDS)),
            _conditions("size", st.sampled_from(["3", "3.5", "-1", "1e1", "20"])),
            _conditions("seen", st.sampled_from(_TIMES)),
            _conditions("back", st.sampled_from(["true", "false"])),
        ),
        max_size=3,
        unique_by=lambda condition: condition[:2],
    ).map(tuple),
    st.sampled_from(["", "", "WEB", "%", "_", "\\", "b"]),
)


@pytest.fixture(scope="module")
def rows(stack: RunningStack) -> Iterator[psycopg.Connection]:
    """The rows in a table that only this connection sees."""
    address = stack.settings().database_url.get_secret_value()
    with psycopg.connect(address, prepare_threshold=None) as connection:
        connection.execute(
            "create temporary table some_rows (id int, host text, severity int, size float8,"
            " seen timestamptz, back bool)"
        )
        connection.cursor().executemany(
            "insert into some_rows values (%s, %s, %s, %s, %s, %s)",
            [row._replace(severity=str(_WORDS.index(row.severity))) for row in _ROWS],
        )
        yield connection


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(asked=_filters)
def test_a_table_and_rows_in_memory_give_the_same(rows: psycopg.Connection, asked: Filter) -> None:
    made = where(asked, _COLUMNS, ["host"])
    statement = SQL("select id from some_rows where {} order by id").format(made.sql)
    found = [row[0] for row in rows.execute(statement, made.bound)]
    fits = matcher(asked, _GRAMMAR, _NOW, searched=["host"])
    assert found == [row.id for row in _ROWS if fits(row)]
