"""Filters: what was asked is what is read, and what cannot be asked is refused with a remedy."""

from datetime import UTC, datetime, timedelta
from urllib.parse import unquote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import InvalidEvent
from schemas.filter_values import Kind
from schemas.filters import Condition, Field, Filter, Grammar, Sort, parse, to_query, window

_NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
_WORDS = ("info", "warning", "high")
_GRAMMAR = Grammar(
    {
        "state": Field(Kind.WORD, ("firing", "resolved")),
        "severity": Field(Kind.WORD, _WORDS, ordered=True),
        "count": Field(Kind.NUMBER),
        "host": Field(),
        "last_seen": Field(Kind.TIME),
        "demo": Field(Kind.FLAG),
    },
    sorts=("count", "last_seen"),
    labels=True,
)

_text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
_names = st.text(st.characters(codec="utf-8", exclude_characters="\0=!<>"), min_size=1, max_size=9)
_several = st.lists(_text, min_size=1, max_size=4, unique=True).map(tuple)
_conditions = st.one_of(
    st.tuples(st.just("host"), st.sampled_from(["=", "!="]), _several),
    st.tuples(_names.map("label.{}".format), st.sampled_from(["=", "!="]), _several),
    st.tuples(
        st.just("severity"),
        st.sampled_from(["=", "!=", ">=", ">", "<=", "<"]),
        st.sampled_from(_WORDS).map(lambda word: (word,)),
    ),
    st.tuples(
        st.just("count"),
        st.sampled_from(["=", ">=", ">", "<=", "<"]),
        st.integers(-(10**17), 10**17).map(lambda n: (str(n),)),
    ),
).map(lambda made: Condition(*made))
_filters = st.builds(
    Filter,
    st.lists(_conditions, max_size=6, unique_by=lambda c: c[:2]).map(tuple),
    _text,
    st.sampled_from(["", "-24h", "now", "2026-01-31T12:00:00+01:00", "2026-01-31"]),
    st.sampled_from(["", "-5m"]),
    st.one_of(st.none(), st.builds(Sort, st.sampled_from(["count", "last_seen"]), st.booleans())),
)


@given(_filters)
def test_a_filter_survives_its_query_string(asked: Filter) -> None:
    assert parse(to_query(asked), _GRAMMAR) == asked


@given(_filters)
def test_a_program_that_quotes_everything_asks_the_same(asked: Filter) -> None:
    """As httpx and browsers do: what stands before the first `=` is a name, and all is quoted."""
    parts = [part.partition("=") for part in to_query(asked).split("&") if part]
    query = urlencode([(unquote(name), unquote(value)) for name, _, value in parts])
    assert parse(query, _GRAMMAR) == asked


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("state=firing,resolved", Condition("state", "=", ("firing", "resolved"))),
        ("state=firing&state=resolved", Condition("state", "=", ("firing", "resolved"))),
        ("state=firing%2Cresolved", Condition("state", "=", ("firing", "resolved"))),
        ("state!=FIRING", Condition("state", "!=", ("firing",))),
        ("severity>=high", Condition("severity", ">=", ("high",))),
        ("severity%3E=high", Condition("severity", ">=", ("high",))),
        ("severity%3E%3Dhigh", Condition("severity", ">=", ("high",))),
        ("count>10", Condition("count", ">", ("10",))),
        ("count%3E10=", Condition("count", ">", ("10",))),
        ("label.host=web-1", Condition("label.host", "=", ("web-1",))),
        ("host=a\\,b,c\\\\", Condition("host", "=", ("a,b", "c\\"))),
        ("host=a+b%20c", Condition("host", "=", ("a b c",))),
        ("host=", Condition("host", "=", ("",))),
        ("host=a%00b", Condition("host", "=", ("a\u2400b",))),
        ("last_seen>=-1h", Condition("last_seen", ">=", ("-1h",))),
        ("demo=true&limit=5&cursor=x", Condition("demo", "=", ("true",))),
    ],
)
def test_every_spelling(query: str, expected: Condition) -> None:
    assert parse(query, _GRAMMAR).conditions == (expected,)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("status=firing", "'status' is no field here; allowed: count, demo, host"),
        ("state", "state takes one of = !="),
        ("state=open", "it is one of firing, resolved"),
        ("state>=firing", "takes one of = !="),
        ("host>a", "takes one of = !="),
        ("severity>=high,info", "takes one value"),
        ("severity>=high&severity>=info", "takes one value"),
        ("count=many", "it is a number"),
        ("count=1e999", "it is a number"),
        ("from=yesterday", "it is RFC 3339"),
        ("from=-1h&from=-2h", "from is given twice"),
        ("from>=-1h", "from takes = alone"),
        ("sort=host", "sort is one of count, last_seen"),
        ("sort=-", "sort is one of count, last_seen"),
        ("label.=x", "is no field here"),
        ("host=" + ",".join(map(str, range(201))), "more than 200 values"),
        ("q=" + "x" * 20_000, "longer than 16,384"),
    ],
)
def test_what_is_wrong_is_named(query: str, said: str) -> None:
    with pytest.raises(InvalidEvent) as raised:
        parse(query, _GRAMMAR)
    assert raised.value.reason == "filter"
    assert said in raised.value.detail


@pytest.mark.parametrize(
    ("query", "since", "until"),
    [
        ("", _NOW - timedelta(days=1), _NOW),
        ("from=-1h", _NOW - timedelta(hours=1), _NOW),
        ("from=-2h&to=-1h", _NOW - timedelta(hours=2), _NOW - timedelta(hours=1)),
        (
            "from=2026-02-01T01:00:00+01:00&to=now",  # the + becomes a blank on the way
            datetime(2026, 2, 1, tzinfo=UTC),
            _NOW,
        ),
    ],
)
def test_a_window_is_resolved_when_it_is_used(query: str, since: datetime, until: datetime) -> None:
    assert window(parse(query, _GRAMMAR), _NOW, timedelta(days=1)) == (since, until)


def test_a_window_has_a_direction() -> None:
    with pytest.raises(InvalidEvent, match="from is not before to"):
        window(parse("from=now&to=-1h", _GRAMMAR), _NOW, timedelta(days=1))


def test_a_facet_leaves_its_own_field_out() -> None:
    asked = parse("state=firing&host=a&host!=b", _GRAMMAR)
    assert asked.values("host") == ("a",)
    assert [c.field for c in asked.without("host").conditions] == ["state"]
    assert to_query(asked.having("state", "resolved")) == "host=a&host!=b&state=resolved"
