"""Filters of rows that lie in memory, which mean what they mean of a table. Pure.

fits = matcher(asked, GRAMMAR, now, searched=("reason", "detail"), when="at")
chosen = [letter for letter in letters if fits(letter)]
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from operator import ge, gt, le, lt
from typing import Any, Final

from schemas.filter_values import Kind, flag, number, to_moment
from schemas.filters import Condition, Field, Filter, Grammar

Test = Callable[[Any], bool]

_COMPARED: Final[dict[str, Callable[[Any, Any], bool]]] = {">=": ge, ">": gt, "<=": le, "<": lt}


def matcher(
    asked: Filter, grammar: Grammar, now: datetime, searched: Sequence[str] = (), when: str = ""
) -> Test:
    """Says of a row, whose attributes are the fields of the grammar, whether it is asked for.

    `q` is looked for in those that are `searched`; `from` and `to` are about the attribute `when`.
    What is None fits `!=` alone. KeyError for labels.
    """
    tests = [_condition(one, grammar.fields[one.field], now) for one in asked.conditions]
    if asked.q:
        tests.append(_text(asked.q.lower(), searched))
    if asked.since:
        tests.append(_range(when, ge, to_moment("from", asked.since, now)))
    if asked.until:
        tests.append(_range(when, lt, to_moment("to", asked.until, now)))
    return lambda row: all(test(row) for test in tests)


def _condition(condition: Condition, known: Field, now: datetime) -> Test:
    name, operator, texts = condition
    values = [_meaning(name, known, text, now) for text in texts]
    if operator == "=":
        return lambda row: getattr(row, name) in values
    if operator == "!=":
        return lambda row: getattr(row, name) not in values
    if known.kind is not Kind.WORD:
        return _range(name, _COMPARED[operator], values[0])
    place = known.words.index(values[0])
    fitting = [w for at, w in enumerate(known.words) if _COMPARED[operator](at, place)]
    return lambda row: getattr(row, name) in fitting


def _meaning(name: str, known: Field, text: str, now: datetime) -> Any:
    if known.kind is Kind.NUMBER:
        return number(text)
    if known.kind is Kind.FLAG:
        return flag(text)
    return to_moment(name, text, now) if known.kind is Kind.TIME else text


def _range(name: str, compared: Callable[[Any, Any], bool], limit: Any) -> Test:
    def test(row: Any) -> bool:
        value = getattr(row, name)
        return value is not None and compared(value, limit)

    return test


def _text(wanted: str, searched: Sequence[str]) -> Test:
    return lambda row: any(wanted in (getattr(row, name) or "").lower() for name in searched)
