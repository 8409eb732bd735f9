"""The way of the data as pages show it: stages, topics, the ledger with its time."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel

from schemas.ledger import Ledger

StageState = Literal["ok", "behind", "stopped"]


class WorkerView(BaseModel):
    """A worker process as its supervisor last saw it; `reason` says why it is not ready."""

    name: str
    ready: bool
    reason: str
    restarts: int


class StageView(BaseModel):
    """One stage: what it reads, and how far it is.

    Rates are records a second over at most the last minute, None until two looks are compared.
    `lag_records` are in its topic and not done, which is also what is in flight; `lag_seconds` is
    how old the oldest of them is, None when that could not be read. `workers` are those of a
    supervisor on this machine; `members` counts the live ones wherever they run, of the stage's
    whole app. `stopped`: no worker lives. `behind`: the oldest record waits for more than 10 s.
    """

    stage: str
    app: str
    topic: str
    writes: list[str]
    rate_in: float | None
    rate_out: float | None
    lag_records: int
    lag_seconds: float | None
    in_flight: int
    members: int
    workers: list[WorkerView]
    state: StageState


class StagesView(BaseModel):
    """All stages, in the way of the data, as they were at `at`."""

    at: AwareDatetime
    items: list[StageView]


class TopicPartitionView(BaseModel):
    """Offsets from `start` (kept) to `end` (next); compaction leaves gaps between them."""

    partition: int
    start: int
    end: int


class TopicView(BaseModel):
    """A declared topic, and what the broker has of it.

    `records` counts offsets between the first kept and the last, None while the broker does not
    have it; `bytes` are those on the disk of the embedded broker, None where it is another.
    """

    name: str
    exists: bool
    key: str
    record: str
    partitions: int
    cleanup: str
    retention_seconds: float | None
    records: int | None
    bytes: int | None
    written_by: str
    read_by: str
    offsets: list[TopicPartitionView]


class TopicsView(BaseModel):
    """All declared topics, as they were at `at`."""

    at: AwareDatetime
    items: list[TopicView]


class LedgerView(Ledger):
    """The ledger with the time at which it was drawn up; `records_in_flight` over all topics."""

    at: AwareDatetime
    records_in_flight: int
