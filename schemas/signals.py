"""Signals: something noteworthy that a detector saw, as published on the topic `signals`.

A signal's id follows from what it is about and when that began, so a replay gives the same id;
values are absolute and of several signals with one id the highest version wins.

Between signals lie records that hold CLOCK. They tell nothing but their arrival, once a minute: of
alerts without news some expire, also where no signal comes any more.
"""

from typing import Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

CLOCK_KEY: Final = b"clock"
CLOCK: Final = b'{"v":1,"kind":"clock"}'

SignalKind = Literal["anomaly", "new_pattern", "rate_change", "source_silent"]


class Baseline(BaseModel):
    """What was usual when the signal began, in the metric's own unit."""

    model_config = ConfigDict(frozen=True)

    mean: float
    std: float
    low: float
    high: float


class Signal(BaseModel):
    """Key of the record: `scope`, so that one series keeps one order.

    `scope` is what the signal is about, e.g. `metric:web-1/cpu_usage`, `pattern:<uid>@<source>`,
    `source:<source>`. `active` is False when it is over; `score` is the detector's, where WARNING
    and PAGING of the detection package lie; `strength` says which of them it reached.
    `reason` is one sentence that says which tier decided and why.
    """

    model_config = ConfigDict(frozen=True)

    v: Literal[1] = 1
    id: str
    version: int
    kind: SignalKind
    scope: str
    active: bool
    onset: AwareDatetime
    at: AwareDatetime
    strength: Literal["warning", "paging"]
    score: float
    reason: str
    host: str = ""
    service: str = ""
    source: str = ""
    metric: str = ""
    pattern: str = ""
    severity: int = 0  # of the lines, schemas.severities; 0: not about lines
    value: float | None = None
    unit: str = ""
    baseline: Baseline | None = None
    sample: str = ""
    demo: bool = False
