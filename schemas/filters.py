"""The one grammar of filters, for the API, the UI's addresses and saved views. Pure.

    state=firing,acknowledged&severity>=high&label.host=web-1&q=disk&from=-24h&sort=-last_seen

`=` and `!=` take several values, by comma or repeated: any of them, none of them. In a value
a comma is written `\\,` and a backslash `\\\\`. `>=`, `>`, `<=`, `<` are for what has an order. `q`
is text to look for; `from` and `to` are RFC 3339, `now`, or so long ago (`-90s`, `-24h`, `-7d`);
`sort` names one field, after `-` the largest first.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from urllib.parse import quote, unquote_plus

from schemas.errors import InvalidEvent
from schemas.filter_values import Kind, read_value, to_moment
from schemas.headers import NUL_PICTURE

LABEL: Final = "label."
PAGING: Final = frozenset({"limit", "cursor"})
MAX_VALUES: Final = 200  # of one condition
MAX_LENGTH: Final = 16_384  # of a query, in characters

_NO_ORDER: Final = frozenset({"=", "!="})
_PART: Final = re.compile(r"([^=!<>]+)(>=|<=|!=|=|>|<)(.*)", re.DOTALL)
_WHOLE_CONDITION: Final = re.compile(r"[^=!<>]+[<>][^=].*", re.DOTALL)
_PIECE: Final = re.compile(r"\\.|,|[^\\,]+|\\", re.DOTALL)
_SAFE: Final = ":,*~/@-"  # stay as they are in a query, for people's eyes
_SOME_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)  # to see whether a moment can be read
_WHOLE: Final = ("q", "from", "to", "sort")


@dataclass(frozen=True)
class Field:
    """What a list may be filtered by. `words`: the only ones there are, the least first.

    Text, flags, and words without `ordered` know `=` and `!=` alone.
    """

    kind: Kind = Kind.TEXT
    words: tuple[str, ...] = ()
    ordered: bool = False

    @property
    def ranges(self) -> bool:
        """Whether it has an order."""
        return self.ordered or self.kind in (Kind.NUMBER, Kind.TIME)


@dataclass(frozen=True)
class Grammar:
    """What one list understands: fields by name, fields to sort by, and which of the rest.

    `labels`: whether `label.NAME` is a field; `text`: whether there is `q`; `window`: whether there
    are `from` and `to`.
    """

    fields: Mapping[str, Field]
    sorts: tuple[str, ...] = ()
    labels: bool = False
    text: bool = True
    window: bool = True

    @property
    def names(self) -> list[str]:
        """Everything that may stand before an operator."""
        whole = dict(zip(_WHOLE, (self.text, self.window, self.window, self.sorts), strict=True))
        labels = [f"{LABEL}NAME"] if self.labels else []
        return sorted(self.fields) + labels + [name for name, allowed in whole.items() if allowed]

    def field(self, name: str) -> Field | None:
        """The field of that name; None when this list has none."""
        if name.startswith(LABEL):
            return Field() if self.labels and name != LABEL else None
        return self.fields.get(name)


class Condition(NamedTuple):
    """`operator` is one of = != >= > <= <; the last four have one value."""

    field: str
    operator: str
    values: tuple[str, ...]


class Sort(NamedTuple):
    """`descending`: the largest first."""

    field: str
    descending: bool = False

    def __str__(self) -> str:
        return f"-{self.field}" if self.descending else self.field


@dataclass(frozen=True)
class Filter:
    """A filter as it was asked for; relative times stay relative, so that it can be saved."""

    conditions: tuple[Condition, ...] = ()
    q: str = ""
    since: str = ""
    until: str = ""
    sort: Sort | None = None

    def values(self, name: str) -> tuple[str, ...]:
        """What `name =` was given; empty when it was not asked."""
        return next((c.values for c in self.conditions if c[:2] == (name, "=")), ())

    def without(self, name: str) -> "Filter":
        """The same with no condition on a field, e.g. for counts per value of it."""
        return replace(self, conditions=tuple(c for c in self.conditions if c.field != name))

    def having(self, name: str, *values: str) -> "Filter":
        """The same with `name = values` as its only condition on that field."""
        return replace(
            self, conditions=(*self.without(name).conditions, Condition(name, "=", values))
        )


def parse(query: str, grammar: Grammar, beside: Collection[str] = PAGING) -> Filter:
    """The filter in a raw query string; parameters `beside` it are left alone.

    Raises InvalidEvent("filter") naming what is wrong, and what is allowed.
    """
    if len(query) > MAX_LENGTH:
        raise InvalidEvent("filter", f"it is longer than {MAX_LENGTH:,} characters")
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    whole: dict[str, str] = {}
    for part in query.removeprefix("?").split("&"):
        name, operator, text = _cut(part)
        if not part or name in beside:
            continue
        if name in _WHOLE and name in grammar.names:
            _take_whole(whole, grammar, name, operator, text)
        else:
            _take(found, grammar, Condition(name, operator, _split(text)))
    conditions = tuple(Condition(*key, values) for key, values in found.items())
    sort = whole.get("sort", "")
    return Filter(
        conditions,
        whole.get("q", ""),
        whole.get("from", ""),
        whole.get("to", ""),
        Sort(sort.removeprefix("-"), sort.startswith("-")) if sort else None,
    )


def window(asked: Filter, now: datetime, usual: timedelta) -> tuple[datetime, datetime]:
    """From when until when (UTC) is asked; `usual` is how long where `from` is not given.

    Raises InvalidEvent("filter") when the end is not after the beginning.
    """
    until = to_moment("to", asked.until, now) if asked.until else now
    since = to_moment("from", asked.since, now) if asked.since else until - usual
    if since >= until:
        raise InvalidEvent("filter", "from is not before to")
    return since, until


def to_query(asked: Filter) -> str:
    """The query string that `parse` makes the same filter of, without a question mark."""
    parts = [
        _quoted(c.field) + _quoted(c.operator, "=!") + ",".join(map(_escaped, c.values))
        for c in asked.conditions
    ]
    whole = zip(_WHOLE, (asked.q, asked.since, asked.until, asked.sort or ""), strict=True)
    parts += [f"{name}={_quoted(str(text))}" for name, text in whole if text]
    return "&".join(parts)


def _cut(part: str) -> tuple[str, str, str]:
    """Name, operator and text of one part; an operator's `=` may be the one that ends a key."""
    key, equals, value = part.partition("=")
    if not value and _WHOLE_CONDITION.fullmatch(unquote_plus(key)):
        equals = ""  # programs that know only names and values send count>10 as `count>10=`
    decoded = (unquote_plus(key) + equals + unquote_plus(value)).replace("\x00", NUL_PICTURE)
    if not (found := _PART.fullmatch(decoded)):
        return decoded, "", ""
    return found[1], found[2], found[3]


def _split(text: str) -> tuple[str, ...]:
    """The values between commas that no backslash stands before."""
    values = [""]
    for piece in _PIECE.findall(text):
        if piece == ",":
            values.append("")
        else:
            values[-1] += piece[1:] if piece in ("\\\\", "\\,") else piece
    return tuple(values)


def _take_whole(
    whole: dict[str, str], grammar: Grammar, name: str, operator: str, text: str
) -> None:
    if operator != "=":
        raise InvalidEvent("filter", f"{name} takes = alone")
    if whole.get(name, text) != text:
        raise InvalidEvent("filter", f"{name} is given twice")
    if name in ("from", "to") and text:
        text = text.replace(" ", "+") if "T" in text else text  # a + that a form made a blank
        to_moment(name, text, _SOME_TIME)
    if name == "sort" and text and text.removeprefix("-") not in grammar.sorts:
        raise InvalidEvent("filter", f"sort is one of {', '.join(grammar.sorts)}, or - and one")
    whole[name] = text


def _take(found: dict[tuple[str, str], tuple[str, ...]], grammar: Grammar, new: Condition) -> None:
    known = grammar.field(new.field)
    if known is None:
        allowed = ", ".join(grammar.names) or "nothing"
        raise InvalidEvent("filter", f"{new.field[:100]!r} is no field here; allowed: {allowed}")
    operators = "= != >= > <= <" if known.ranges else "= !="
    if new.operator not in operators.split():
        raise InvalidEvent("filter", f"{new.field} takes one of {operators}")
    values = tuple(read_value(new.field, known.kind, known.words, text) for text in new.values)
    key = new.field, new.operator
    if new.operator in _NO_ORDER:
        values = tuple(dict.fromkeys((*found.get(key, ()), *values)))
    elif len(values) > 1 or found.get(key, values) != values:
        raise InvalidEvent("filter", f"{new.field} {new.operator} takes one value")
    if len(values) > MAX_VALUES:
        raise InvalidEvent("filter", f"{new.field} has more than {MAX_VALUES} values")
    found[key] = values


def _escaped(value: str) -> str:
    return _quoted(value.replace("\\", "\\\\").replace(",", "\\,"), ":*~/@-,")


def _quoted(text: str, safe: str = _SAFE) -> str:
    return quote(text, safe=safe, errors="replace")
