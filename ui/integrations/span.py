"""When the lines of an uploaded file were, so that a link can show them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ui.links import api_path, params
from ui.visit import api

_LONG: Final = timedelta(days=365)
_WEEK_SECONDS: Final = 604_800
_DAY: Final = timedelta(days=1)


async def span_of(upload_id: str) -> dict[str, str]:
    """`{"source", "from", "to"}`, both times empty while no line of its source has been counted.

    Raises Unavailable, ApiProblem, SessionEnded.
    """
    source = str((await api().get(api_path("uploads", upload_id)))["source"])
    now = datetime.now(UTC)
    found = await api().get(
        "/patterns/series",
        **params(source=source),
        by="source",
        step=_WEEK_SECONDS,
        **{"from": (now - _LONG).isoformat(), "to": now.isoformat()},
    )
    begin, end = filled(found, now)
    times = {"from": begin.isoformat(), "to": end.isoformat()} if begin and end else {}
    return {"source": source, "from": "", "to": "", **times}


def filled(series: Mapping[str, Any], now: datetime) -> tuple[datetime | None, datetime | None]:
    """From the first step with lines to the end of the last; at least a day. Pure."""
    columns = [one["values"] for one in series["series"]]
    sums = [sum(column[n] for column in columns) for n in range(len(series["timestamps"]))]
    places = [n for n, lines in enumerate(sums) if lines]
    if not places:
        return None, None
    starts = [datetime.fromisoformat(at) for at in series["timestamps"]]
    step = timedelta(seconds=float(series["step_seconds"]))
    end = min(starts[places[-1]] + step, now)
    return min(starts[places[0]], end - _DAY), end
