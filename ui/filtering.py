"""The API's grammar of filters in the address of a page, and the links that change it. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

from schemas.filters import Condition, Filter, Grammar, parse, to_query
from ui.address import params_of

# What stands in an address beside the filter.
RANGE: Final = ("range", "from", "to")
BESIDE: Final = frozenset({*RANGE, "sel", "tab", "limit", "cursor"})


def asked(search: str | None, grammar: Grammar, beside: Collection[str] = ()) -> Filter:
    """The filter in an address, without its time range; `beside` are the page's own parameters.

    Raises InvalidEvent("filter").
    """
    return parse(search or "", grammar, {*BESIDE, *beside})


def api_params(wanted: Filter) -> dict[str, str]:
    """As parameters of a GET, which are names and values: `severity>=high` is `severity>`: high."""
    made = {}
    for one in wanted.conditions:
        name, text = f"{one.field}{one.operator}", ",".join(map(_escaped, one.values))
        if one.operator.endswith("="):
            made[name.removesuffix("=")] = text
        else:
            made[f"{name}{text}"] = ""
    whole = {"q": wanted.q, "sort": str(wanted.sort or "")}
    return made | {name: text for name, text in whole.items() if text}


def address_of(search: str | None, wanted: Filter, *, limit: int = 0) -> str:
    """The query string with this filter; the time range stays, what is selected does not."""
    known = params_of(search)
    kept: dict[str, str] = {name: known[name][0] for name in RANGE if name in known}
    kept |= {"limit": str(limit)} if limit else {}
    query = to_query(replace(wanted, since="", until=""))
    text = "&".join(part for part in (urlencode(kept, safe=":/,"), query) if part)
    return f"?{text}" if text else ""


def toggled(wanted: Filter, name: str, value: str, operator: str = "=") -> Filter:
    """The value is asked for, or with `!=` kept out; when it was already, no more."""
    values = _values(wanted, name, operator)
    other = "!=" if operator == "=" else "="
    left = tuple(one for one in values if one != value)
    kept = [c for c in wanted.conditions if c[:2] not in ((name, operator), (name, other))]
    opposite = tuple(one for one in _values(wanted, name, other) if one != value)
    new = left if value in values else (*values, value)
    made = (Condition(name, operator, new), Condition(name, other, opposite))
    return replace(wanted, conditions=(*kept, *(one for one in made if one.values)))


def is_asked(wanted: Filter, name: str, value: str, operator: str = "=") -> bool:
    """Whether the filter names this value."""
    return value in _values(wanted, name, operator)


def _values(wanted: Filter, name: str, operator: str) -> Sequence[str]:
    return next((c.values for c in wanted.conditions if c[:2] == (name, operator)), ())


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace(",", "\\,")
