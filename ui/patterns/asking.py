"""What the page of patterns asks the API for, out of its address."""

from typing import Any, Final

from schemas.filters import Condition, Filter, Sort
from schemas.pattern_lists import GRAMMAR, LEVELS
from ui.address import period, with_params
from ui.filtering import address_of, api_params, asked
from ui.visit import api

PATH: Final = "/patterns"
NEW: Final = "new"
PAGE: Final = 200
LEAST: Final = "severity", ">="


def filter_in(search: str | None) -> Filter:
    """The filter of the address. Raises InvalidEvent."""
    return asked(search, GRAMMAR, {NEW})


def wants_new(search: str | None) -> bool:
    """Whether only those first seen within the range are wanted."""
    return "new=1" in (search or "").removeprefix("?").split("&")


def params_of(search: str | None) -> dict[str, str]:
    """Filter and time range as parameters of the API. Raises InvalidEvent."""
    when = period(search).params()
    young = {"new_since": when["from"]} if wants_new(search) else {}
    return {**api_params(filter_in(search)), **young, **when}


async def rows(search: str | None, limit: int = PAGE, cursor: str | None = None) -> Any:
    """One page of the list. Raises InvalidEvent, Unavailable, ApiProblem."""
    return await api().get("/patterns", limit=limit, cursor=cursor, **params_of(search))


def is_narrowed(search: str | None) -> bool:
    """Whether anything but the time range is chosen."""
    wanted = filter_in(search)
    return bool(wanted.conditions or wanted.q or wants_new(search))


def least_severity(wanted: Filter) -> str | None:
    """The word of `severity>=`."""
    return next((c.values[0] for c in wanted.conditions if c[:2] == LEAST), None)


def changed(
    search: str | None,
    q: str,
    sources: list[str],
    services: list[str],
    severity: str | None,
    only_new: bool,
    sort: str | None,
) -> str:
    """The address with what the controls say; conditions that they do not know stay."""
    wanted = filter_in(search)
    known = {("source", "="), ("service", "="), LEAST}
    kept = [one for one in wanted.conditions if one[:2] not in known]
    said = [
        Condition("source", "=", tuple(sources)),
        Condition("service", "=", tuple(services)),
        Condition(*LEAST, (severity,) if severity in LEVELS else ()),
    ]
    conditions = (*kept, *(one for one in said if one.values))
    order = Sort(sort.removeprefix("-"), sort.startswith("-")) if sort else None
    made = address_of(search, Filter(conditions, q.strip(), sort=order))
    return with_params(made, {NEW: "1" if only_new else None})


def same_list(search: str | None) -> str:
    """The address without what does not change the list."""
    return with_params(search, {"sel": None})
