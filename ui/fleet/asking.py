"""The filter of the fleet page: the URL's, in the API's grammar. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import parse_qs

from schemas.filters import Filter, parse, to_query
from schemas.hosts import GRAMMAR
from ui.address import with_params

STATES: Final = ("alerting", "silent", "ok")
FILTERS: Final = ("state", "source", "service", "q")
# What stands in the URL beside the filter.
_BESIDE: Final = frozenset({"range", "from", "to", "sel", "cursor"})


def asked(search: str) -> Filter:
    """The filter in a query string. Raises InvalidEvent naming what is wrong with it."""
    return parse(search, GRAMMAR, _BESIDE)


def params_of(filter_: Filter) -> dict[str, list[str]]:
    """As parameters for the client."""
    return parse_qs(to_query(filter_), keep_blank_values=True)


def in_state(filter_: Filter, state: str) -> Filter:
    """The same for the hosts of one state alone."""
    return replace(filter_.having("state", state), sort=None)


def is_narrowed(filter_: Filter) -> bool:
    """Whether anything may be left out."""
    return bool(filter_.conditions or filter_.q)


def toggled(search: str, state: str) -> str:
    """The page's address with this state chosen, or not any more."""
    chosen = list(asked(search).values("state"))
    kept = [one for one in chosen if one != state] if state in chosen else [*chosen, state]
    return address(search, {"state": ",".join(kept)})


def cleared(search: str) -> str:
    """The page's address without any filter; range and sort stay."""
    return address(search, dict.fromkeys(params_names(search)))


def params_names(search: str) -> list[str]:
    """Names of parameters that filter, operators and all, such as `cpu_usage>`."""
    names = parse_qs(search.removeprefix("?"))
    return [name for name in names if name not in _BESIDE and name != "sort"]


def address(search: str, changes: Mapping[str, Any]) -> str:
    """The page with these parameters, from its first row on."""
    return f"/fleet{with_params(search, {**changes, 'cursor': None})}"
