"""What the entries of a Redis stream become: lines, grouped into records that are planned. Pure.

A plan names entries that travel together. It is written down before a record leaves, so that
whoever sends these entries again, in whatever process, sends the same record under the same name.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from connectors.sources.cutting import CUT_TO, LONGEST_WHOLE, MAX_LINES, MAX_TEXT
from schemas.demo import of_strangers
from schemas.logs import LogBatch
from schemas.strangers import read

_TEXT_FIELDS: Final = frozenset({b"data", b"message", b"log", b"payload"})
_SOURCE: Final = b"source"
_SOURCE_CHARACTERS: Final = 200

Fields = Mapping[bytes, bytes]


class StreamEntry(NamedTuple):
    """One entry as Redis has it; `id` is milliseconds-sequence."""

    id: bytes
    fields: Fields


class Shaped(NamedTuple):
    """An entry as lines of a source; no lines where its text is empty."""

    id: bytes
    source: str
    lines: list[bytes]

    @property
    def size(self) -> int:
        return sum(map(len, self.lines))


@dataclass(frozen=True, slots=True)
class Plan:
    """Entries of one source that become one record; a lone one may be too large for that."""

    ids: tuple[bytes, ...]

    @property
    def name(self) -> str:
        """Unique in its stream, as an entry is in one plan only."""
        return f"{self.ids[0].decode()}-{self.ids[-1].decode()}"


@dataclass(frozen=True, slots=True)
class Unit:
    """Pending entries that are tried together, after so many `deliveries` without success."""

    ids: tuple[bytes, ...]
    deliveries: int
    planned: bool


def shape(entry: StreamEntry, stream: str) -> Shaped:
    """Takes any bytes. An entry of a text field alone is read as a record of logs.raw would be."""
    named = entry.fields.get(_SOURCE, b"").decode("utf-8", "replace").replace("\x00", "")
    source = (of_strangers(named) or f"redis/{stream}")[:_SOURCE_CHARACTERS]
    others = [name for name in entry.fields if name != _SOURCE]
    if len(others) == 1 and others[0] in _TEXT_FIELDS:
        lines = read(entry.fields[others[0]])
    else:
        lines = [_as_json(entry.fields)]
    return Shaped(entry.id, source, [_bounded(line) for line in lines])


def _as_json(fields: Fields) -> bytes:
    """One object; bytes that are no UTF-8 stay what they are, and the line is found out later."""
    texts = {
        name.decode("utf-8", "surrogateescape"): value.decode("utf-8", "surrogateescape")
        for name, value in fields.items()
    }
    made = json.dumps(texts, ensure_ascii=False, separators=(",", ":"))
    return made.encode("utf-8", "surrogateescape")


def _bounded(line: bytes) -> bytes:
    """What is too long for a record is cut to what is still dead-lettered as oversized."""
    return line[:CUT_TO] if len(line) > LONGEST_WHOLE else line


class _Group:
    """Entries of one source that travel together, as long as they fit into one record."""

    def __init__(self) -> None:
        self.ids: list[bytes] = []
        self._lines = self._size = 0

    def takes(self, entry: Shaped) -> bool:
        """Whether there is room; always for the first."""
        lines, size = self._lines + len(entry.lines), self._size + entry.size
        if self.ids and (lines > MAX_LINES or size > MAX_TEXT):
            return False
        self.ids.append(entry.id)
        self._lines, self._size = lines, size
        return True


def plan(entries: Iterable[Shaped]) -> list[Plan]:
    """Groups of one source, in order, each with at most 1,000 lines and 192 KiB or a lone entry."""
    groups: list[_Group] = []
    growing: dict[str, _Group] = {}
    for entry in entries:
        group = growing.get(entry.source)
        if group is None or not group.takes(entry):
            group = growing[entry.source] = _Group()
            group.takes(entry)
            groups.append(group)
    return [Plan(tuple(group.ids)) for group in groups]


def records(entries: Sequence[Shaped]) -> Iterator[LogBatch]:
    """The records of one plan, the same for the same entries; none when they hold no line."""
    if not entries:
        return
    source, lines, size = entries[0].source, list[bytes](), 0
    for line in (line for entry in entries for line in entry.lines):
        if lines and (len(lines) == MAX_LINES or size + len(line) > MAX_TEXT):
            yield LogBatch(source, lines)
            lines, size = [], 0
        lines.append(line)
        size += len(line)
    if lines:
        yield LogBatch(source, lines)


def range_of(incarnation: str, stream: str, plan: Plan, part: int) -> str:
    """Names one record of a plan for ever; `incarnation` tells streams of equal name apart."""
    return f"redis:{incarnation}:{stream}:{plan.name}" + (f"/{part}" if part else "")


def units(pending: Mapping[bytes, int], plans: Iterable[Plan]) -> list[Unit]:
    """How entries that somebody began are tried again; `pending` says how often each was.

    What was planned stays together as it was. The rest is planned anew, and alone what ended its
    reader twice, so that one bad entry takes no other with it.
    """
    found: list[Unit] = []
    rest = dict(pending)
    for known in plans:
        tries = [rest.pop(id_) for id_ in known.ids if id_ in rest]
        if tries:
            found.append(Unit(known.ids, max(tries), planned=True))
    alone = {id_: tries for id_, tries in rest.items() if tries > 1}
    together = tuple(id_ for id_ in rest if id_ not in alone)
    found += [Unit(together, 1, planned=False)] if together else []
    return found + [Unit((id_,), tries, planned=False) for id_, tries in alone.items()]
