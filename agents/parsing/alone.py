"""`python -m agents.parsing.alone`: decides one record far from the worker that it has killed.

stdin: a pickled `Trial` from our own worker. Exit code 0: the lines are harmless. Anything else,
a signal, memory or time run out: they are not.
"""

import pickle
import resource
import sys
from typing import NamedTuple

from msgspec import structs

from agents.parsing.formats.registry import load_extra
from agents.parsing.outcome import decide
from agents.parsing.record import Record, read_batch
from agents.parsing.state import PartitionState
from schemas import headers
from schemas.logs import LOG_BATCH, encode_batch


class Trial(NamedTuple):
    """`lines`: indexes to keep, in order; None: the record as it came."""

    record: Record
    lines: list[int] | None
    memory_bytes: int
    extra_formats: list[str]


def keep(record: Record, lines: list[int]) -> Record:
    """The same record with only some of its lines, as an edge of ours would have sent it."""
    batch = read_batch(record)
    kept = structs.replace(batch, lines=[batch.lines[index] for index in lines])
    others = [(name, value) for name, value in record.headers if name != headers.SCHEMA]
    return record._replace(value=encode_batch(kept), headers=[*others, (headers.SCHEMA, LOG_BATCH)])


def main() -> None:
    """Runs the trial; the caller watches the clock."""
    trial: Trial = pickle.loads(sys.stdin.buffer.read())  # noqa: S301 - our own parent wrote it
    resource.setrlimit(resource.RLIMIT_AS, (trial.memory_bytes, trial.memory_bytes))
    load_extra(trial.extra_formats)
    record = trial.record if trial.lines is None else keep(trial.record, trial.lines)
    decide(record, PartitionState(epoch=0, prev_offset=-1))


if __name__ == "__main__":
    main()
