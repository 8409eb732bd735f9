"""Takes made-up data out of the tables of logs, and leaves books that can still be proven.

What a record became is never deleted: the chain of batch rows stays whole. What is deleted are
the counts; `removed_sums` says how many lines of each source they were, and the ledger takes them
off the rows' sums wherever it compares the two.
"""

from typing import Any, Final

import psycopg

from schemas.demo import RANGE_PREFIX, SOURCE_PREFIX

Connection = psycopg.Connection[tuple[Any, ...]]

# No writer of counts is between this lock and the end of the transaction; readers go on.
LOCK: Final = "lock table frontiers in share row exclusive mode"
_SUMS: Final = """
insert into removed_sums (source, lines, parsed, deduplicated, dead)
select source, sum(lines), sum(parsed), sum(deduplicated), sum(dead) from (
    select source, lines, parsed, deduplicated, dead from batches
    where records = 1 and not expired
    union all
    select source, lines, parsed, deduplicated, dead from packed_sums
) as rows where starts_with(source, %s) group by source
on conflict (source) do update
set lines = excluded.lines, parsed = excluded.parsed, deduplicated = excluded.deduplicated,
    dead = excluded.dead, removed_at = now()
"""
_COUNTED: Final = """
select coalesce(sum(lines), 0)::bigint, count(distinct source)
from pattern_minutes where starts_with(source, %s)
"""
_DELETES: Final = (
    "delete from pattern_minutes where starts_with(source, %s)",
    "delete from pattern_hours where starts_with(source, %s)",
    "delete from pattern_sightings where starts_with(source, %s)",
    "delete from line_times where starts_with(source, %s)",
    "delete from line_minutes where starts_with(source, %s)",
    "delete from line_hosts where starts_with(source, %s)",
    "delete from source_sums where kind = 'lines' and starts_with(source, %s)",
)


def remove_lines(connection: Connection) -> tuple[int, int]:
    """Deletes the counts of made-up sources, in one transaction; returns (lines, sources).

    Templates stay, as another source may share them; what is in flight counts when it arrives.
    """
    with connection.transaction():
        connection.execute(LOCK)
        counted = connection.execute(_COUNTED, (SOURCE_PREFIX,)).fetchone() or (0, 0)
        connection.execute(_SUMS, (SOURCE_PREFIX,))
        for delete in _DELETES:
            connection.execute(delete, (SOURCE_PREFIX,))
        # So that the same shop can be published again.
        connection.execute("delete from ranges where starts_with(range, %s)", (RANGE_PREFIX,))
    return int(counted[0]), int(counted[1])
