"""The metrics of one worker's partitions: each (host, metric) is a series of the bank.

A total is judged as its rate, under the rate's name. Series live in slices, a fixed number a
partition; a slice's state is small enough for one shard of a checkpoint. Pure: points in, signals
out.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import compress, pairwise
from operator import itemgetter
from typing import Final
from zlib import crc32

import msgspec
import numpy as np

from agents.detection.bank import Bank
from agents.detection.layout import PERCENT as PERCENT_FLOOR
from agents.detection.layout import PLAIN
from agents.detection.room import FORGOTTEN_SECONDS, SLICE_BYTES, weight
from agents.detection.rounds import Sample, judge
from agents.detection.verdicts import Verdict
from agents.detection.watching import Episodes
from agents.detection.wording import Subject, signal
from agents.measuring import Measured
from schemas.metric_names import PERCENT, is_counter, unit_of
from schemas.signals import Signal
from schemas.totals import Total, rate, rate_name

SLICES: Final = 16  # a partition
SILENT_SECONDS: Final = 900.0  # what goes on in a series without points is over after this

Name = tuple[str, str]  # host, metric


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    """A slice as kept: its series in order, what they have learnt, and what goes on in them.

    `totals` are the newest totals of series that are rates of totals, by place.
    """

    hosts: list[str]
    metrics: list[str]
    demo: list[bool]
    bank: bytes
    episodes: bytes
    totals: dict[int, Total] = {}


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Kept)


def slice_of(partition: int, host: str, metric: str) -> bytes:
    """The key of the shard that a series lives in."""
    place = crc32(f"{host}\0{metric}".encode("utf-8", "surrogatepass")) % SLICES
    return b"%d/%d" % (partition, place)


class Gauges:
    """All series of a worker. `crowded` counts points of series for which there was no room."""

    def __init__(self) -> None:
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
        self._slices: dict[bytes, dict[Name, int]] = {}
        self._bytes: dict[bytes, int] = {}  # that the series of a slice may take
        self._oldest: dict[bytes, float] = {}  # nothing in a full slice is older than this
        self._names: dict[int, tuple[bytes, Name]] = {}
        self._demo: set[int] = set()
        self._totals: dict[int, Total] = {}
        for key, state in states.items():
            kept = _decoder.decode(state)
            numbers = self._bank.load(kept.bank)
            self._episodes.load(numbers, kept.episodes)
            names = list(zip(kept.hosts, kept.metrics, strict=True))
            self._slices[key] = dict(zip(names, numbers, strict=True))
            self._bytes[key] = sum(weight(*name) for name in names)
            self._names.update((n, (key, name)) for n, name in zip(numbers, names, strict=True))
            self._demo.update(compress(numbers, kept.demo))
            self._totals.update((numbers[place], total) for place, total in kept.totals.items())
            while self._bytes[key] > SLICE_BYTES:  # of a version that weighed nothing
                self._forget(self._most_dispensable(key)[2])

    def state(self, key: bytes) -> bytes:
        """A slice as it is now."""
        series = self._slices.get(key, {})
        numbers = list(series.values())
        return _encoder.encode(
            _Kept(
                hosts=[host for host, _ in series],
                metrics=[metric for _, metric in series],
                demo=[number in self._demo for number in numbers],
                bank=self._bank.dump(numbers),
                episodes=self._episodes.dump(numbers),
                totals={p: self._totals[n] for p, n in enumerate(numbers) if n in self._totals},
            )
        )

    def judge(
        self,
        partition: int,
        records: Sequence[tuple[int, Measured]],
        holds: Callable[[bytes, int], bool],
    ) -> tuple[list[Signal], dict[bytes, int]]:
        """Judge consecutive records of one partition, given by offset, and learn from them.

        `holds` says whether a slice knows a record already. A record's points are taken in the
        order of their time; what is older than an earlier record's is not learnt from, be they
        judged together or one after the other. Imported points teach and raise
        nothing. Returns the signals, and the slices that changed with the last offset they know.
        """
        signals: list[Signal] = []
        taken: list[Sample] = []
        changed: dict[bytes, int] = {}
        arrivals: dict[int, float] = {}
        for offset, measured in records:
            arrival = measured.arrival / 1000
            held: dict[bytes, bool] = {}
            for host, metric, time_ms, value in _in_time(measured):
                total = is_counter(metric)
                name = (host, rate_name(metric) if total else metric)
                key = slice_of(partition, *name)
                if key not in held:
                    held[key] = holds(key, offset)
                if held[key]:
                    continue
                number = self._slices.get(key, {}).get(name)
                if number is None:
                    if not measured.imported and self._is_worth_a_look(key, name, arrival):
                        signals += self._settle(taken, arrivals)
                        self._make_room(key, name, arrival)
                    number = self._admit(key, name, measured.demo)
                if number is None:
                    continue
                changed[key] = offset
                if not measured.imported:
                    arrivals[number] = arrival
                found = self._rate(number, Total(time_ms, value)) if total else value
                if found is not None:
                    taken.append(Sample(number, time_ms / 1000, found, not measured.imported))
        return signals + self._settle(taken, arrivals), changed

    def _settle(self, taken: list[Sample], arrivals: dict[int, float]) -> list[Signal]:
        """Judges what was taken so far, and empties both."""
        verdicts = judge(self._bank, self._episodes, taken)
        self._episodes.heard(arrivals)
        taken.clear()
        arrivals.clear()
        return [self._signal(number, verdict) for number, verdict in verdicts]

    def quiet(self, partition: int, now: float) -> tuple[list[Signal], set[bytes]]:
        """Ends what goes on in series of a partition of which no point came for a while.

        `now` is in seconds, of the arrivals in this very partition: of the others there may be
        more to read. The points' own times do not matter, their clock may be wrong. Returns also
        the slices that changed.
        """
        signals, changed = [], set()
        ours = b"%d/" % partition
        going_on = [n for n in self._episodes.numbers() if self._names[n][0].startswith(ours)]
        numbers = np.array(going_on, dtype=np.int64)
        for number, last in zip(going_on, self._bank.last(numbers).tolist(), strict=True):
            heard = self._episodes.heard_at(number)
            if not heard:  # of a version that did not know: from now on
                self._episodes.heard({number: now})
            elif heard + SILENT_SECONDS <= now:
                verdict = self._episodes.fell_silent(number, last + SILENT_SECONDS)
                if verdict:
                    signals.append(self._signal(number, verdict))
                    changed.add(self._names[number][0])
        return signals, changed

    def going_on(self) -> dict[int, float]:
        """Partitions in which something goes on, with the newest arrival of its points."""
        found: dict[int, float] = {}
        for number in self._episodes.numbers():
            partition = int(self._names[number][0].partition(b"/")[0])
            if heard := self._episodes.heard_at(number):
                found[partition] = max(heard, found.get(partition, heard))
        return found

    def _rate(self, number: int, total: Total) -> float | None:
        self._totals[number], found = rate(self._totals.get(number), total)
        return found

    def _admit(self, key: bytes, name: Name, demo: bool) -> int | None:
        """A number for a new series; None where there is no room."""
        if not self._fits(key, name):
            self.crowded += 1
            return None
        self._bytes[key] = self._bytes.get(key, 0) + weight(*name)
        self._oldest.pop(key, None)
        floor = PERCENT_FLOOR if unit_of(name[1]) == PERCENT else PLAIN
        number = self._bank.reserve(floor)
        self._slices.setdefault(key, {})[name] = number
        self._names[number] = key, name
        if demo:
            self._demo.add(number)
        return number

    def _fits(self, key: bytes, name: Name) -> bool:
        return self._bytes.get(key, 0) + weight(*name) <= SLICE_BYTES

    def _is_worth_a_look(self, key: bytes, name: Name, arrival: float) -> bool:
        """Whether the slice is full, and may know a series that has been still for long."""
        oldest = self._oldest.get(key, -math.inf)
        return not self._fits(key, name) and oldest <= arrival - FORGOTTEN_SECONDS

    def _make_room(self, key: bytes, name: Name, arrival: float) -> None:
        """Forgets series that have been still for long and in which nothing goes on, as far as
        the new one needs it. All points before it must have been judged.
        """
        while not self._fits(key, name) and self._slices.get(key):
            going_on, last, number = self._most_dispensable(key)
            if going_on or last > arrival - FORGOTTEN_SECONDS:
                self._oldest[key] = min(self._last(list(self._slices[key].values())))
                return
            self._forget(number)

    def _forget(self, number: int) -> None:
        key, name = self._names.pop(number)
        del self._slices[key][name]
        self._bytes[key] -= weight(*name)
        self._episodes.forget(number)
        self._totals.pop(number, None)
        self._demo.discard(number)
        self._bank.release(number)

    def _most_dispensable(self, key: bytes) -> tuple[bool, float, int]:
        """The series with the oldest last point; where something goes on, last of all."""
        numbers = list(self._slices[key].values())
        going_on = [number in self._episodes for number in numbers]
        return min(zip(going_on, self._last(numbers), numbers, strict=True), key=itemgetter(0, 1))

    def _last(self, numbers: list[int]) -> list[float]:
        """When series were last heard of, in seconds by their own clocks."""
        last = self._bank.last(np.array(numbers, dtype=np.int64)).tolist()
        totals = [self._totals.get(number) for number in numbers]
        pairs = zip(last, totals, strict=True)
        return [max(one, total.time_ms / 1000) if total else one for one, total in pairs]

    def _signal(self, number: int, verdict: Verdict) -> Signal:
        _, (host, metric) = self._names[number]
        unit = unit_of(metric)
        subject = Subject(
            scope=f"metric:{host}/{metric}",
            name=f"{metric} of {host}",
            unit="%" if unit == PERCENT else unit.removeprefix("1"),
            host=host,
            metric=metric,
            demo=number in self._demo,
        )
        return signal(verdict, subject)


def _in_time(measured: Measured) -> Iterator[tuple[str, str, int, float]]:
    """A record's points by time. Records keep their order: a later one that tells of an earlier
    time is late however records are cut, else a replay would come to another state.
    """
    columns = (measured.host, measured.metric, measured.time_ms, measured.value)
    points = zip(*columns, strict=True)
    times = measured.time_ms
    if all(one <= other for one, other in pairwise(times)):
        return points
    return iter(sorted(points, key=itemgetter(2)))
