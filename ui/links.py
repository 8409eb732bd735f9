"""Addresses made of names from outside, for the browser and for the API. Pure.

A filter reads a comma as the end of a value, and a path a slash as the end of a part: names hold
both, and what an address holds is anybody's.
"""

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from schemas.filters import Filter, to_query
from ui.address import Period
from ui.filtering import api_params


def filtered(page: str, fields: Mapping[str, str], **beside: str) -> str:
    """A page whose list has these values alone; `beside` is what its address holds else: a range,
    a text, a selection.
    """
    query = to_query(_filter(fields))
    return f"{page}?{'&'.join(part for part in (query, urlencode(beside, safe=':/')) if part)}"


def params(**fields: str) -> dict[str, str]:
    """The same as parameters of a question to the API."""
    return api_params(_filter(fields))


def window(when: Period) -> dict[str, str]:
    """A range as parameters: one that moves stays relative, so that a link is of the same time as
    the list when it is followed, and that the API can share what it worked out.
    """
    return {"from": f"-{when.name}"} if when.moving else when.params()


def api_path(*parts: str) -> str:
    """A path of the API: each part stays one, whatever is in it, and none is a way up."""
    escaped = (quote(part, safe="") for part in parts)
    ways = {".": "%2E", "..": "%2E%2E"}
    return "".join(f"/{ways.get(part, part)}" for part in escaped)


def _filter(fields: Mapping[str, str]) -> Filter:
    made = Filter()
    for name, value in fields.items():
        made = made.having(name, value)
    return made
