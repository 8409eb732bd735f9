"""Patterns that no line had before a moment, under the roots of their aliases."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from connectors.stores.postgres import Connection
from schemas.aliases import Aliases
from schemas.dashboard import NewPattern, moment
from schemas.severities import Severity
from schemas.windows import Window

_MOST: Final = 20_000  # uids; of a first import no more are looked at

_YOUNG: Final = """
select uid, min(first_seen), array_agg(distinct source) from pattern_sightings s
where first_seen >= %(since)s and first_seen < %(until)s and not exists (
    select from pattern_sightings old where old.uid = s.uid and old.first_seen < %(since)s
)
group by uid order by 2 desc, 1 limit %(limit)s
"""
# The first time of those that are united with another one.
_UNITED: Final = """
select uid, min(first_seen) from pattern_sightings
where uid in (select uid from pattern_aliases union select other from pattern_aliases)
  and first_seen < %s group by uid
"""
_SEVERITIES: Final = """
select m.uid, max(m.severity) from pattern_minutes m
join unnest(%s::text[], %s::text[]) as asked (source, uid) using (source, uid) group by m.uid
"""


class Young(NamedTuple):
    """A pattern under its root: since when (Unix ms), its sources, and all its young uids."""

    root: str
    first_seen: int
    sources: frozenset[str]
    uids: frozenset[str]


def families(
    young: Iterable[tuple[str, int, Iterable[str]]],
    edges: Iterable[tuple[str, str]],
    older: Iterable[str],
) -> list[Young]:
    """Young uids (uid, first seen, sources) joined by `edges`, the newest first; without those of
    which another uid is among the `older`. Pure.
    """
    union = Aliases()
    for uid, other in edges:
        union.union(uid, other)
    known = {union.root(uid) for uid in older}
    members: dict[str, list[tuple[str, int, Iterable[str]]]] = defaultdict(list)
    for one in young:
        if (root := union.root(one[0])) not in known:
            members[root].append(one)
    found = [
        Young(
            root,
            min(first for _, first, _ in ones),
            frozenset(source for *_, sources in ones for source in sources),
            frozenset(uid for uid, *_ in ones),
        )
        for root, ones in members.items()
    ]
    return sorted(found, key=lambda one: (-one.first_seen, one.root))


async def read(connection: Connection, window: Window) -> list[Young]:
    """All that are new in the window, the newest first."""
    asked = {"since": window.since_ms, "until": window.until_ms, "limit": _MOST}
    young = await (await connection.execute(_YOUNG, asked)).fetchall()
    edges = await (await connection.execute("select uid, other from pattern_aliases")).fetchall()
    older = await (await connection.execute(_UNITED, (window.since_ms,))).fetchall()
    return families(young, edges, [uid for uid, _ in older])


async def described(connection: Connection, young: Iterable[Young]) -> list[NewPattern]:
    """With their newest templates and their worst severities, in the same order."""
    chosen = list(young)
    roots = [one.root for one in chosen]
    uids = sorted({uid for one in chosen for uid in (*one.uids, one.root)})
    rows = await connection.execute(
        "select uid, template from patterns where uid = any(%s)", (uids,)
    )
    templates: Mapping[str, str] = dict(await rows.fetchall())
    pairs = [(source, uid) for one in chosen for source in one.sources for uid in one.uids]
    columns = [[source for source, _ in pairs], [uid for _, uid in pairs]]
    found = await connection.execute(_SEVERITIES, columns)
    worst: Mapping[str, int] = dict(await found.fetchall())
    return [
        NewPattern(
            uid=root,
            template=next((templates[u] for u in (root, *sorted(one.uids)) if u in templates), ""),
            first_seen=moment(one.first_seen),
            severity=Severity(max(worst.get(uid, 0) for uid in one.uids)).name.lower(),
            sources=sorted(one.sources),
        )
        for root, one in zip(roots, chosen, strict=True)
    ]
