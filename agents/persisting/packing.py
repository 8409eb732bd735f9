"""Chooses which batch rows become one: small neighbours below the frontier. Pure.

A packed run keeps its place in the chain and the range of offsets, so that lines can still be
found by reading its records; what each source had in it is added to sums.
"""

from collections.abc import Iterable, Sequence

from schemas.batches import Packable, Run

_RUN_SIZE = 1_000  # as large as a full batch of an edge: not worth packing further


def runs(rows: Sequence[Packable], log_start: int) -> list[Run]:
    """Runs of at least two neighbours, in the order of `rows`, which are one chain, ascending.

    Rows whose records the log has lost are packed without a limit: nobody can read them again.
    """
    found: list[Run] = []
    members: list[Packable] = []
    for row in rows:
        if members and not _fits(members, row, log_start):
            found += _run(members)
            members = []
        members.append(row)
    return found + _run(members)


def _fits(members: Sequence[Packable], row: Packable, log_start: int) -> bool:
    if row.prev_offset != members[-1].offset or not (row.sound and members[0].sound):
        return False
    if row.offset < log_start:
        return True
    return members[0].offset >= log_start and sum(m.size for m in members) + row.size <= _RUN_SIZE


def _run(members: Iterable[Packable]) -> list[Run]:
    rows = tuple(members)
    return [Run(rows)] if len(rows) > 1 else []
