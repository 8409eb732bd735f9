"""What the metrics page shows: what the URL says, else what is strangest. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from ui.address import first

_USUAL: Final = ("cpu_usage", "memory_used_percent", "load1")


class Choice(NamedTuple):
    """One metric of one host, and beside it another one of it (`also`) or the same one of another
    host (`beside`).
    """

    host: str
    metric: str = ""
    also: str = ""
    beside: str = ""

    @property
    def second(self) -> tuple[str, str] | None:
        """Host and metric of the series to compare with."""
        if self.also and self.also != self.metric:
            return self.host, self.also
        if self.beside and self.beside != self.host:
            return self.beside, self.metric
        return None


def choice_of(search: str) -> Choice:
    """As the URL says it; what it does not say is empty."""
    return Choice(*(first(search, name) for name in ("host", "metric", "also", "beside")))


def worst(anomalies: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """What goes on before what is over, then the strangest."""
    return max(anomalies, key=lambda one: (one["active"], one["score"]), default=None)


def usual_host(
    hosts: Sequence[Mapping[str, Any]], anomalies: Sequence[Mapping[str, Any]]
) -> str | None:
    """The host with the strangest metric, else the first that measures anything; hosts come the
    worst first.
    """
    strange = worst(anomalies)
    measured = [str(one["host"]) for one in hosts if one["metrics"]]
    if strange and strange["host"] in measured:
        return str(strange["host"])
    return measured[0] if measured else None


def usual_metric(rows: Sequence[Mapping[str, Any]]) -> str:
    """Of the rows of a host: the strangest, else its CPU, memory or load, else the first."""
    if not rows:
        return ""
    top = max(rows, key=lambda row: int(row["anomalies_24h"]))
    if top["anomalies_24h"]:
        return str(top["opens"])
    names = [str(row["opens"]) for row in rows]
    return next((name for name in _USUAL if name in names), names[0])


def rows_of(metrics: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A row for each thing to chart, the strange ones first: `opens` is its name. A total opens
    its rate, unless that is measured, too; it has no `last`, which would be the total.
    """
    measured = {str(one["metric"]) for one in metrics}
    rows = [
        {**one, "opens": one["rate"], "last": None}
        if one.get("rate")
        else {**one, "opens": one["metric"]}
        for one in metrics
        if not one.get("rate") or one["rate"] not in measured
    ]
    return sorted(rows, key=lambda row: (not row["anomalies_24h"], str(row["opens"])))


def matching(rows: Sequence[dict[str, Any]], text: str) -> list[dict[str, Any]]:
    """Those whose name holds each of the words, in any case."""
    words = text.lower().split()
    return [
        row
        for row in rows
        if all(word in f"{row['metric']} {row['opens']}".lower() for word in words)
    ]
