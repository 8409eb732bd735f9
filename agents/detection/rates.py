"""Lines a minute as series: of each source, and of each of its patterns that warn of something.

In come entries, each record of logs.raw once; out go signals: a rate that changes, an error pattern
that its source never wrote before, a source that fell silent. A minute is judged once, when it is
over; lines that come later change history, not verdicts. Pure.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Final
from zlib import crc32

import msgspec

from agents.detection.bank import Bank
from agents.detection.layout import COUNTS
from agents.detection.room import FORGOTTEN_SECONDS, SLICE_BYTES, bytes_of, weight
from agents.detection.rounds import Sample, judge
from agents.detection.sources import (
    ALL,
    Series,
    Source,
    never_seen,
    new_series,
    rate_changed,
    silence,
)
from agents.detection.verdicts import Verdict
from agents.detection.watching import Episodes
from schemas.logs import Entry
from schemas.severities import Severity
from schemas.signals import Signal

SLICES: Final = 8  # a partition
# Minutes with lines that are not over yet, of all series of a slice: a clock that goes an hour
# ahead writes sixty of them.
PENDING_A_SLICE: Final = 5_000
PENDING_BYTES: Final = 18  # at most, for a minute and its lines
ROOM: Final = SLICE_BYTES - PENDING_A_SLICE * PENDING_BYTES  # for series and sources
FORGOTTEN_MINUTES: Final = FORGOTTEN_SECONDS // 60
SOURCE_BYTES: Final = 80  # and its name
MINUTE_MS: Final = 60_000
GRACE_MS: Final = 15_000  # so long after its end a minute is over, for lines on their way
LEARNING_MINUTES: Final = 30  # what a source writes in its first ones is not new
GAP_MINUTES: Final = 10  # a longer pause says nothing about rates
PAUSE_MINUTES: Final = GAP_MINUTES + 2  # since the last minute that was over, by its last entry
IMPORT_GAP_MINUTES: Final = 1440  # ... but in a file read at once, whose lines lie side by side
HABIT: Final = 1 / 60  # weight of a minute in how often a source speaks: about an hour
REGULAR: Final = 0.9  # a source that speaks in so many of its minutes ...
SILENT_MINUTES: Final = 5  # ... and in none of these, is silent

Holds = Callable[[bytes, int], bool]
# Severity and lines by minute, by uid.
Lines = dict[str, tuple[int, dict[int, int]]]


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    """A slice as kept: its series in order, what they have learnt, what goes on in them."""

    applied: tuple[int, int]
    sources: dict[str, Source]
    series: list[Series]
    bank: bytes
    episodes: bytes


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Kept)


@dataclass
class _Slice:
    """`applied` is the epoch and offset of the newest entry in it; `numbers` by source and uid.

    `bytes` is what its series and sources may take, `pending` how many minutes are not over yet;
    nothing in it is older than `oldest`, a minute, where it is full.
    """

    applied: tuple[int, int] = (-1, -1)
    sources: dict[str, Source] = field(default_factory=dict)
    numbers: dict[str, dict[str, int]] = field(default_factory=dict)
    bytes: int = 0
    pending: int = 0
    oldest: int = 0


def slice_of(partition: int, source: str, uid: str) -> bytes:
    """The key of the shard that a series lives in."""
    place = crc32(f"{source}\0{uid}".encode("utf-8", "surrogatepass")) % SLICES
    return b"%d/%d" % (partition, place)


class Rates:
    """All series of a worker. `template` tells the template of a pattern, for people; `crowded`
    counts sources, series and minutes for which there was no room.
    """

    def __init__(self, template: Callable[[str], str]) -> None:
        self._template = template
        self.crowded = 0
        self.restore({})

    def __len__(self) -> int:
        """Series that are watched."""
        return len(self._bank)

    def restore(self, states: Mapping[bytes, bytes]) -> None:
        """Take over slices as kept; what was known before is forgotten.

        Raises msgspec.DecodeError or ValueError for bytes that `state` did not write.
        """
        self._bank = Bank()
        self._episodes = Episodes()
        self._slices: dict[bytes, _Slice] = {}
        self._series: dict[int, Series] = {}
        for key, state in states.items():
            kept = _decoder.decode(state)
            numbers = self._bank.load(kept.bank)
            self._episodes.load(numbers, kept.episodes)
            part = self._slices[key] = _Slice(kept.applied, kept.sources)
            part.bytes = sum(map(_source_weight, kept.sources))
            for number, series in zip(numbers, kept.series, strict=True):
                part.numbers.setdefault(series.source, {})[series.uid] = number
                self._series[number] = series
                part.bytes += _series_weight(series)
                series.last = series.last or kept.sources[series.source].over
                series.sums = dict(sorted(series.sums.items())[: PENDING_A_SLICE - part.pending])
                part.pending += len(series.sums)
            while part.bytes > ROOM:  # of a version that weighed nothing
                least = min(part.sources, key=lambda name: self._dispensable(part, name))
                self._forget_source(part, least)

    def state(self, key: bytes) -> bytes:
        """A slice as it is now."""
        part = self._slices[key]
        numbers = [number for by_uid in part.numbers.values() for number in by_uid.values()]
        return _encoder.encode(
            _Kept(
                applied=part.applied,
                sources=part.sources,
                series=[self._series[number] for number in numbers],
                bank=self._bank.dump(numbers),
                episodes=self._episodes.dump(numbers),
            )
        )

    def apply(
        self, partition: int, records: Sequence[tuple[int, Sequence[Entry]]], holds: Holds
    ) -> tuple[list[Signal], dict[bytes, int]]:
        """Count the entries of consecutive records, given by offset; judge minutes that are over.

        `holds` says whether a slice knows a record already; an entry that came before under
        another offset is known by its own. Returns the signals, and the slices that changed with
        the last offset they know.
        """
        signals: list[Signal] = []
        changed: dict[bytes, int] = {}
        over: list[Sample] = []
        for offset, entries in records:
            for entry in entries:
                place = (entry.epoch, entry.offset)
                for key, lines in self._spread(partition, entry).items():
                    part = self._slices.setdefault(key, _Slice())
                    if place <= part.applied or holds(key, offset):
                        continue
                    part.applied = place
                    changed[key] = offset
                    if entry.source not in part.sources:
                        needed = _source_weight(entry.source)
                        signals += self._make_room(part, needed, entry, over)
                    if self._meet(part, entry):
                        signals += self._heard(part, entry) if ALL in lines else []
                        signals += self._count(partition, part, entry, lines, over)
                        over += self._end_minutes(part, entry)
        return signals + self._settle(over), changed

    def _settle(self, over: list[Sample]) -> list[Signal]:
        """Judges the minutes that are over so far, and empties them."""
        verdicts = judge(self._bank, self._episodes, over)
        over.clear()
        return [self._changed(number, verdict) for number, verdict in verdicts]

    def silent(self, now_ms: int, since_ms: int) -> tuple[list[Signal], set[bytes]]:
        """Sources that speak in nearly every minute and have not lately, as of `now_ms`; and the
        end of what goes on in rates of sources that write nothing any more.

        Nothing was listened to before `since_ms`. Returns also the slices that changed.
        """
        signals, changed = [], set()
        for key, name, source in self.falling_silent(now_ms, since_ms):
            source.silent = source.last + 1
            signals.append(silence(name, source, source.silent + SILENT_MINUTES, True))
            changed.add(key)
        for key, number, over in self.falling_still(now_ms, since_ms):
            if verdict := self._episodes.fell_silent(number, over):
                signals.append(self._changed(number, verdict))
                changed.add(key)
        return signals, changed

    def falling_still(self, now_ms: int, since_ms: int) -> list[tuple[bytes, int, float]]:
        """Slice, series and second of each end that `silent` would tell.

        After such a pause of the source no zero is counted, so no point would ever end it.
        """
        if not len(self._episodes):
            return []
        now, since = now_ms // MINUTE_MS, since_ms // MINUTE_MS
        return [
            (key, number, (part.sources[name].over + PAUSE_MINUTES) * 60.0)
            for key, part in self._slices.items()
            for name, numbers in part.numbers.items()
            if now - max(part.sources[name].over, since) > PAUSE_MINUTES
            for number in numbers.values()
            if number in self._episodes
        ]

    def falling_silent(self, now_ms: int, since_ms: int) -> list[tuple[bytes, str, Source]]:
        """Slice, name and source of whom `silent` would say it."""
        now, since = now_ms // MINUTE_MS, since_ms // MINUTE_MS
        return [
            (key, name, source)
            for key, part in self._slices.items()
            for name, source in part.sources.items()
            if source.live
            and not source.silent
            and source.last - source.first >= LEARNING_MINUTES
            and source.habit > REGULAR
            and now - max(source.last, since) > SILENT_MINUTES
        ]

    def _spread(self, partition: int, entry: Entry) -> dict[bytes, Lines]:
        """What each slice has to count; that of the source itself comes first.

        A slice that knows the source hears of it although nothing is counted there, because time
        goes on with every entry.
        """
        own = slice_of(partition, entry.source, ALL)
        found: dict[bytes, Lines] = {own: {}}
        for place in range(SLICES):
            key = b"%d/%d" % (partition, place)
            if key in self._slices and entry.source in self._slices[key].sources:
                found.setdefault(key, {})
        counts = entry.counts
        columns = zip(counts.uid, counts.severity, counts.minute, counts.lines, strict=True)
        for uid, severity, minute, lines in columns:
            _add(found[own], ALL, Severity.UNKNOWN, minute, lines)
            if severity >= Severity.WARNING:
                key = slice_of(partition, entry.source, uid)
                _add(found.setdefault(key, {}), uid, severity, minute, lines)
        return found

    def _meet(self, part: _Slice, entry: Entry) -> bool:
        """Whether the slice knows the entry's source, from now on at the latest."""
        if entry.source not in part.sources:
            if entry.expired or (entry.imported and not entry.counts.minute):
                return False
            whole = part.bytes + _source_weight(entry.source)
            if whole > ROOM:
                self.crowded += 1
                return False
            part.bytes, part.oldest = whole, 0
            first = _first_minute(entry)
            part.sources[entry.source] = Source(first, first, demo=entry.demo)
        return True

    def _heard(self, part: _Slice, entry: Entry) -> list[Signal]:
        """The source's own slice notes when it spoke; it may have been silent before."""
        source = part.sources[entry.source]
        minute = max(entry.counts.minute) if entry.imported else entry.arrival // MINUTE_MS
        source.last = max(source.last, minute)
        if not source.silent or entry.imported:
            return []
        over = silence(entry.source, source, minute, False)
        source.silent = 0
        return [over]

    def _count(
        self, partition: int, part: _Slice, entry: Entry, lines: Lines, over: list[Sample]
    ) -> list[Signal]:
        """Add to the sums of minutes that are not over; signals for errors never seen.

        Those that are known come first: what the entry speaks of makes no room for others.
        """
        source = part.sources[entry.source]
        own = self._slices[slice_of(partition, entry.source, ALL)].sources.get(entry.source, source)
        learnt = not entry.imported and _first_minute(entry) - own.first >= LEARNING_MINUTES
        late = 0
        if entry.counts.minute and not entry.imported:
            source.learn_lag(entry.arrival // MINUTE_MS, max(entry.counts.minute))
            late = source.lag
        numbers = part.numbers.setdefault(entry.source, {})
        signals = []
        for uid, (severity, sums) in sorted(lines.items(), key=lambda one: one[0] not in numbers):
            if uid not in numbers:
                series = new_series(entry, uid, severity)
                signals += self._make_room(part, _series_weight(series), entry, over)
                whole = part.bytes + _series_weight(series)
                if whole > ROOM:
                    self.crowded += 1
                    continue
                part.bytes, part.oldest = whole, 0
                number = numbers[uid] = self._bank.reserve(COUNTS)
                self._series[number] = series
                if learnt and severity >= Severity.ERROR:
                    signals.append(never_seen(series, entry, self._template(uid)))
            series = self._series[numbers[uid]]
            series.severity = max(series.severity, severity)
            series.last = max(series.last, _last_minute(entry, sums))
            for stamped, some in sums.items():
                minute = stamped + late
                if minute > source.over:
                    part.pending += minute not in series.sums
                    series.sums[minute] = series.sums.get(minute, 0) + some
        return signals

    def _end_minutes(self, part: _Slice, entry: Entry) -> list[Sample]:
        """The minutes of the source that are over as this entry tells, with their sums."""
        source = part.sources[entry.source]
        numbers = part.numbers.get(entry.source, {})
        if entry.imported:
            over, patience = max(entry.counts.minute, default=0) - 1, IMPORT_GAP_MINUTES
        else:
            over, patience = (entry.arrival - GRACE_MS) // MINUTE_MS - 1, GAP_MINUTES
            source.live = True
        ended: list[Sample] = []
        if 0 < over - source.over <= patience:
            for minute in range(source.over + 1, over + 1):
                for uid, number in numbers.items():
                    sums = self._series[number].sums
                    part.pending -= minute in sums
                    lines = sums.pop(minute, 0)
                    ended.append(Sample(number, minute * 60 + 60.0, lines, not entry.imported))
                    if uid == ALL:
                        source.habit += (float(lines > 0) - source.habit) * HABIT
        if over > source.over:
            source.over = over
            for number in numbers.values():
                self._keep_pending(part, self._series[number], over + 1, math.inf)
        while part.pending > PENDING_A_SLICE:  # not to begin with: these are the source's own
            latest = max(max(self._series[n].sums, default=0) for n in numbers.values())
            for number in numbers.values():
                self._keep_pending(part, self._series[number], 0, latest)
            self.crowded += 1
        return ended

    def _keep_pending(self, part: _Slice, series: Series, first: int, end: float) -> None:
        kept = {minute: lines for minute, lines in series.sums.items() if first <= minute < end}
        part.pending -= len(series.sums) - len(kept)
        series.sums = kept

    def _make_room(
        self, part: _Slice, needed: int, entry: Entry, over: list[Sample]
    ) -> list[Signal]:
        """Forgets sources, then series, that have been still for long and in which nothing goes
        on, as far as it is needed. `over` is judged before. Signals for silences that so end.
        """
        minute = entry.arrival // MINUTE_MS
        before = minute - FORGOTTEN_MINUTES
        if part.bytes + needed <= ROOM or entry.imported or part.oldest > before:
            return []
        signals = self._settle(over)
        while part.bytes + needed > ROOM:
            others = [name for name in part.sources if name != entry.source]
            name = min(others, key=lambda n: self._dispensable(part, n), default=None)
            if name is not None and self._dispensable(part, name) <= (False, before):
                source = part.sources[name]
                if source.silent:
                    signals.append(silence(name, source, minute, False))
                self._forget_source(part, name)
                continue
            found = [n for by_uid in part.numbers.values() for n in by_uid.values()]
            last = [(n in self._episodes, self._series[n].last, n) for n in found]
            oldest = min(last, key=itemgetter(0, 1), default=None)
            if oldest is None or oldest[:2] > (False, before):
                times = [*(s.over for s in part.sources.values()), *(one[1] for one in last)]
                part.oldest = min(times, default=0)
                break
            self._forget(part, oldest[2])
        return signals

    def _forget(self, part: _Slice, number: int) -> None:
        series = self._series.pop(number)
        part.numbers.get(series.source, {}).pop(series.uid, None)
        part.bytes -= _series_weight(series)
        part.pending -= len(series.sums)
        self._episodes.forget(number)
        self._bank.release(number)

    def _forget_source(self, part: _Slice, name: str) -> None:
        for number in list(part.numbers.pop(name, {}).values()):
            self._forget(part, number)
        del part.sources[name]
        part.bytes -= _source_weight(name)

    def _dispensable(self, part: _Slice, name: str) -> tuple[bool, int]:
        """Least is the source that was heard longest ago; where something goes on, last of all."""
        numbers = part.numbers.get(name, {}).values()
        return any(number in self._episodes for number in numbers), part.sources[name].over

    def _changed(self, number: int, verdict: Verdict) -> Signal:
        series = self._series[number]
        return rate_changed(series, verdict, self._template(series.uid) if series.uid else "")


def _add(lines: Lines, uid: str, severity: int, minute: int, number: int) -> None:
    worst, sums = lines.get(uid, (severity, {}))
    sums[minute] = sums.get(minute, 0) + number
    lines[uid] = (max(worst, severity), sums)


def _source_weight(name: str) -> int:
    return SOURCE_BYTES + bytes_of(name)


def _series_weight(series: Series) -> int:
    return weight(series.source, series.uid, series.host, series.service)


def _first_minute(entry: Entry) -> int:
    """Of a file read at once the lines tell, else the arrival."""
    return min(entry.counts.minute, default=0) if entry.imported else entry.arrival // MINUTE_MS


def _last_minute(entry: Entry, sums: Mapping[int, int]) -> int:
    """The newest minute with lines; a clock that is ahead does not count."""
    newest = max(sums)
    return newest if entry.imported else min(newest, entry.arrival // MINUTE_MS)
