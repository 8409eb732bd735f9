"""What the metrics page asks the API for."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, Final

from ui.address import Period
from ui.links import api_path
from ui.metrics.choice import Choice, rows_of, usual_host, usual_metric
from ui.visit import api

_PAGE: Final = 1000
_PAGES: Final = 5  # of hosts, and of the metrics of one: beyond them one searches
_ANOMALIES: Final = 1000


@dataclass(frozen=True)
class Seen:
    """Everything that is shown at once; `series` is None where there is none of that name."""

    choice: Choice
    rows: list[dict[str, Any]]
    series: dict[str, Any] | None = None
    second: dict[str, Any] | None = None
    anomalies: list[dict[str, Any]] = field(default_factory=list)  # of the host, the newest first

    @property
    def own(self) -> list[dict[str, Any]]:
        """Those of the metric that is drawn."""
        return [one for one in self.anomalies if one["metric"] == self.choice.metric]

    @property
    def row(self) -> dict[str, Any] | None:
        """What the list says of the metric that is drawn."""
        return next((row for row in self.rows if row["opens"] == self.choice.metric), None)


async def hosts() -> list[dict[str, Any]]:
    """Every host, the worst first. Raises Unavailable, ApiProblem."""
    return await _all("/hosts")


async def first_host(known: list[dict[str, Any]]) -> str | None:
    """Where to look when nobody said it; None where no host measures anything."""
    strange = await api().get("/analytics/anomalies", hours=24, limit=100)
    return usual_host(known, strange)


async def read(choice: Choice, when: Period) -> Seen:
    """What `choice.host` measures, and one series of it. Raises Unavailable, ApiProblem."""
    metrics, anomalies = await asyncio.gather(
        _all(api_path("hosts", choice.host, "metrics")),
        api().get("/analytics/anomalies", host=choice.host, limit=_ANOMALIES, **when.params()),
    )
    rows = rows_of(metrics)
    chosen = choice._replace(metric=choice.metric or usual_metric(rows))
    if not chosen.metric:
        return Seen(chosen, rows, anomalies=anomalies)
    wanted = [(chosen.host, chosen.metric), *([chosen.second] if chosen.second else [])]
    found = await series(wanted, when)
    second = found.get(chosen.second) if chosen.second else None
    return Seen(chosen, rows, found.get(wanted[0]), second, anomalies)


async def series(
    wanted: list[tuple[str, str]], when: Period, step: int | None = None
) -> dict[tuple[str, str], dict[str, Any]]:
    """Those of these (host, metric) that are there. Raises Unavailable, ApiProblem."""
    asked = [{"host": host, "metric": metric} for host, metric in wanted]
    body = {"series": asked, **when.params(), **({"step": step} if step else {})}
    answer = await api().send("POST", "/analytics/metrics/query", body)
    missing = {(one["host"], one["metric"]) for one in answer["missing"]}
    # In the order of the question; a series may come under the name that we keep it by.
    there = [one for one in wanted if one not in missing]
    return dict(zip(there, answer["series"], strict=False))


async def _all(path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = None
    for _ in range(_PAGES):
        page = await api().get(path, limit=_PAGE, cursor=cursor)
        found += page["items"]
        cursor = page["next_cursor"]
        if not cursor:
            break
    return found
