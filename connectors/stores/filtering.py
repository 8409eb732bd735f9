"""Filters as SQL: a list says what each field is in its tables, values are bound.

columns = {"host": Column("host"), "severity": Column("severity", rank, inverted=True)}
made = where(asked, columns, now, searched=["title", "id"])
query = SQL("select ... from alerts where {} {}").format(made.sql, order(asked.sort, ...))
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, LiteralString, NamedTuple

from psycopg.sql import SQL, Composable, Composed, Placeholder

from schemas.errors import InvalidEvent
from schemas.filter_values import to_moment
from schemas.filters import LABEL, Condition, Filter, Sort
from schemas.pages import CursorKey, from_cursor

_FLIPPED: Final = {">=": "<=", ">": "<", "<=": ">=", "<": ">", "=": "=", "!=": "!="}
_ANY: Final[dict[str, LiteralString]] = {
    "=": "{column} = any({value})",  # nothing around it: an index on the column is of use
    "!=": "not coalesce({column} = any({value}), false)",
}
_RANGES: Final[dict[str, LiteralString]] = {
    ">=": "{column} >= {value}",
    ">": "{column} > {value}",
    "<=": "{column} <= {value}",
    "<": "{column} < {value}",
}


class Column(NamedTuple):
    """`sql`: the expression, ours alone; `value`: what a word of the filter is in the table.

    `inverted`: whether the table holds the largest as the smallest number, as severities of
    alerts do. `label.*` stands for every label, with `{name}` where the name is bound.
    """

    sql: LiteralString
    value: Callable[[str], Any] = str
    inverted: bool = False
    holds: type = str  # or int, float, datetime: what a cursor must bring


_TIE: Final = Column("")


class Where(NamedTuple):
    """Something that is true or false of a row, and what is bound in it."""

    sql: Composable
    bound: dict[str, Any]


def moment(now: datetime) -> Callable[[str], datetime]:
    """A time of the filter as Postgres gets it; it may be relative to `now`."""
    return lambda text: to_moment("time", text, now)


def unix_ms(now: datetime) -> Callable[[str], int]:
    """The same for columns that hold Unix ms."""
    return lambda text: round(to_moment("time", text, now).timestamp() * 1000)


def where(
    asked: Filter,
    columns: Mapping[str, Column],
    searched: Sequence[LiteralString] = (),
    prefix: str = "f",
) -> Where:
    """All conditions of a filter, and its `q` in one of the expressions that are `searched`.

    `prefix` begins the names of what is bound, so that a query may hold several. Times of `from`
    and `to` are the list's own affair. KeyError: its grammar has a field that `columns` has not.
    """
    made: list[Composable] = []
    bound: dict[str, Any] = {}
    for place, condition in enumerate(asked.conditions):
        made.append(_condition(condition, columns, f"{prefix}{place}", bound))
    if asked.q:
        bound[f"{prefix}q"] = like(asked.q)
        text = Placeholder(f"{prefix}q")
        found = [SQL("{} ilike {}").format(SQL(one), text) for one in searched]
        made.append(SQL("({})").format(SQL(" or ").join(found)))
    return Where(SQL(" and ").join(made) if made else SQL("true"), bound)


def like(text: str) -> str:
    """The pattern of `like` for whatever contains this text."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _condition(
    condition: Condition, columns: Mapping[str, Column], key: str, bound: dict[str, Any]
) -> Composed:
    name = condition.field
    if name.startswith(LABEL):
        column = columns[f"{LABEL}*"]
        bound[f"{key}n"] = name.removeprefix(LABEL)
        expression: Composable = SQL(column.sql).format(name=Placeholder(f"{key}n"))
    else:
        column = columns[name]
        expression = SQL(column.sql)
    operator = _FLIPPED[condition.operator] if column.inverted else condition.operator
    values = [column.value(text) for text in condition.values]
    if float in map(type, values):
        values = [float(value) for value in values]  # no array holds both kinds of numbers
    bound[key] = values if operator in _ANY else values[0]
    template = _ANY.get(operator) or _RANGES[operator]
    return SQL(template).format(column=expression, value=Placeholder(key))


class Order(NamedTuple):
    """How a list is sorted: by one expression, and by `tie`, which no two rows share.

    Both are ascending or both descending, and neither is ever null.
    """

    column: Column
    tie: LiteralString
    descending: bool

    @property
    def sql(self) -> Composed:
        """What follows `where`."""
        way = SQL("desc") if self.descending else SQL("asc")
        return SQL("order by {} {}, {} {}").format(SQL(self.column.sql), way, SQL(self.tie), way)

    def after(self, cursor: str | None) -> Where:
        """The rows behind a cursor that `to_cursor([sort, value, tie])` made; None: all.

        Raises InvalidEvent("cursor").
        """
        if cursor is None:
            return Where(SQL("true"), {})
        key: CursorKey = from_cursor(cursor, 3)
        value, tie = _bound(self.column, key[1]), _bound(_TIE, key[2])
        if key[0] != self.name or value is None or tie is None:
            raise InvalidEvent("cursor", "it belongs to another order; begin without one")
        compared = SQL("<") if self.descending else SQL(">")
        made = SQL("({}, {}) {} ({}, {})").format(
            SQL(self.column.sql), SQL(self.tie), compared, Placeholder("c0"), Placeholder("c1")
        )
        return Where(made, {"c0": value, "c1": tie})

    @property
    def name(self) -> str:
        """What a cursor says, so that it is refused under another order."""
        return f"{'-' if self.descending else ''}{self.column.sql}"


def _bound(column: Column, value: object) -> str | int | float | datetime | None:
    """A part of a cursor as Postgres gets it; None when the column cannot hold it.

    A time is bound as what we read in it, as Postgres reads other forms than Python.
    """
    if column.holds is datetime and isinstance(value, str):
        try:
            found = datetime.fromisoformat(value)
            return found.astimezone(UTC) if found.tzinfo is not None else None
        except (ValueError, OverflowError):
            return None
    if column.holds in (int, float):
        # True is an int, too, but none for Postgres.
        return value if isinstance(value, int | float) and type(value) is not bool else None
    return value if column.holds is str and isinstance(value, str) and "\0" not in value else None


def order(
    sort: Sort | None, usual: Sort, columns: Mapping[str, Column], tie: LiteralString
) -> Order:
    """The order that a filter asks for, or the usual one of the list."""
    chosen = sort or usual
    column = columns[chosen.field]
    return Order(column, tie, chosen.descending != column.inverted)
