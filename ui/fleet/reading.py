"""What the fleet page asks the API for."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from schemas.filters import Filter
from ui.address import Period
from ui.fleet.asking import STATES, in_state, params_of
from ui.links import api_path
from ui.metrics.choice import rows_of
from ui.metrics.reading import series
from ui.visit import api

ROWS: Final = 1000
_KEYS: Final = ("cpu_usage", "memory_used_percent")
_STRANGE: Final = 6
_POINTS: Final = 60  # of a spark line
_LEAST_STEP: Final = 10


class Fleet(NamedTuple):
    """One page of hosts; `counts` are those of each state under the rest of the filter."""

    rows: list[dict[str, Any]]
    next_cursor: str | None
    counts: dict[str, int]


@dataclass(frozen=True)
class Host:
    """One host, and the course of what tells most of it: (metric's row, values)."""

    detail: dict[str, Any]
    courses: list[tuple[dict[str, Any], list[float]]]


async def fleet(filter_: Filter, cursor: str | None) -> Fleet:
    """The hosts of a filter. Raises Unavailable, ApiProblem."""
    page, *states = await asyncio.gather(
        api().get("/hosts", limit=ROWS, cursor=cursor, **params_of(filter_)),
        *[api().get("/hosts", limit=1, **params_of(in_state(filter_, one))) for one in STATES],
    )
    counts = {state: int(found["total"] or 0) for state, found in zip(STATES, states, strict=True)}
    return Fleet(page["items"], page["next_cursor"], counts)


async def host(name: str, when: Period) -> Host:
    """One host with its key metrics and what is strange on it. Raises Unavailable, ApiProblem."""
    detail, metrics = await asyncio.gather(
        api().get(api_path("hosts", name)),
        api().get(api_path("hosts", name, "metrics"), limit=1000),
    )
    rows = telling(rows_of(metrics["items"]))
    step = max(_LEAST_STEP, round((when.end - when.start).total_seconds() / _POINTS))
    wanted = [(name, str(row["opens"])) for row in rows]
    found = await series(wanted, when, step) if wanted else {}
    return Host(
        detail, [course_of(row, found.get(key)) for row, key in zip(rows, wanted, strict=True)]
    )


def course_of(
    row: dict[str, Any], series: Mapping[str, Any] | None
) -> tuple[dict[str, Any], list[float]]:
    """A row with its values; of a rate they say what it was last, and in which unit. Pure."""
    values = list(series["values"]) if series else []
    if series and values and row.get("rate"):
        return {**row, "last": values[-1], "unit": series["unit"]}, values
    return row, values


def telling(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """CPU, memory and the fullest disk, then what is strange. Pure."""
    named = {str(row["metric"]): row for row in rows}
    keys = [named[name] for name in _KEYS if name in named]
    disks = [row for row in rows if str(row["metric"]).partition("[")[0] == "disk_used_percent"]
    keys += [max(disks, key=lambda row: float(row["last"]))] if disks else []
    strange = [row for row in rows if row["anomalies_24h"] and row not in keys]
    return keys + strange[:_STRANGE]
