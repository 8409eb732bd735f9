"""Filters of rows in memory; that SQL means the same is proven in tests/connectors/stores."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from schemas.filter_values import Kind
from schemas.filters import Field, Grammar, parse
from schemas.matching import matcher

_NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
_GRAMMAR = Grammar(
    {
        "reason": Field(),
        "severity": Field(Kind.WORD, ("info", "warning", "high"), ordered=True),
        "bytes": Field(Kind.NUMBER),
        "seen": Field(Kind.TIME),
        "back": Field(Kind.FLAG),
    }
)
_ROW = SimpleNamespace(
    reason="oversized, again",
    severity="warning",
    bytes=1000,
    seen=_NOW - timedelta(hours=1),
    back=False,
    detail=None,
)


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("", True),
        ("reason=oversized\\, again", True),
        ("reason=oversized, again", False),
        ("reason=a&reason=oversized\\, again", True),
        ("reason!=undecodable", True),
        ("reason!=undecodable,oversized\\, again", False),
        ("severity>=warning", True),
        ("severity>warning", False),
        ("severity<high", True),
        ("bytes>999", True),
        ("bytes>1e3", False),
        ("bytes=1000.0", True),
        ("seen>-2h", True),
        ("seen<2026-03-01T11:00:00Z", False),
        ("back=true", False),
        ("back!=true", True),
        ("q=SIZED", True),
        ("q=100%", False),
        ("from=-1h", True),
        ("to=-1h", False),
        ("from=-2h&to=now&bytes<=1000", True),
        ("bytes<=1000&back=true", False),
    ],
)
def test_a_row_fits_when_every_condition_does(query: str, fits: bool) -> None:
    asked = parse(query, _GRAMMAR)
    assert matcher(asked, _GRAMMAR, _NOW, ("reason", "detail"), "seen")(_ROW) is fits


@pytest.mark.parametrize("name", ["bytes", "seen", "severity", "reason"])
def test_nothing_fits_what_is_not_there_but_a_refusal(name: str) -> None:
    some = {"bytes": "1", "seen": "now", "severity": "info", "reason": "x"}[name]
    row = SimpleNamespace(**{**vars(_ROW), name: None})
    operators = "= != >= <" if name != "reason" else "= !="
    fitting = [
        operator
        for operator in operators.split()
        if matcher(parse(f"{name}{operator}{some}", _GRAMMAR), _GRAMMAR, _NOW)(row)
    ]
    assert fitting == ["!="]
