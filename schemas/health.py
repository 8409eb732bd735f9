"""How the API does, as its health pages say it."""

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel

Word = Literal["ok", "down"]
Status = Literal["healthy", "degraded", "unhealthy"]

POSTGRES = "postgres"  # the one thing without which the API is of no use


class CheckDetail(BaseModel):
    """Of one thing that is needed: why it is down, "" where it is not, and how long it took."""

    reason: str
    latency_ms: float


class HealthReport(BaseModel):
    """`unhealthy`: of no use; `degraded`: something is down. `details` are for those we know."""

    status: Status
    checks: dict[str, Word]
    details: dict[str, CheckDetail] | None = None


def report_of(details: Mapping[str, CheckDetail], *, known: bool) -> HealthReport:
    """What is said of these checks to somebody, known or not."""
    down = [name for name, detail in details.items() if detail.reason]
    status: Status = "unhealthy" if POSTGRES in down else "degraded" if down else "healthy"
    words: dict[str, Word] = {name: "down" if name in down else "ok" for name in details}
    return HealthReport(status=status, checks=words, details=dict(details) if known else None)
