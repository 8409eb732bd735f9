"""Time stamps of log lines -> milliseconds since 1970 (UTC).

In comes the text (or number) that a format found to be the time, and the arrival, which decides
what the text leaves out: year, century or date. Out goes the time and whether a part of it was
guessed. `STAMP` is the same knowledge as one pattern, for formats that accept any time stamp.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import IntEnum
from typing import Final, NamedTuple

from schemas import moments

Stamp = str | float

DAY_MS: Final = 86_400_000
HOUR_MS: Final = 3_600_000
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 (a wall clock's)
_EPOCH_DAY: Final = _EPOCH.toordinal()
_CACHED: Final = 4096  # texts of one generation

# Names of months by their first letters, in the languages that syslog daemons were seen to write.
_MONTH_NAMES: Final = (
    "jan janv ene gen",
    "feb febr fev fév févr",
    "mar mär mrz märz mars maart mrt",
    "apr avr abr",
    "may mai mag mei maj",
    "jun juin giu",
    "jul juil lug",
    "aug ago août aoû aou",
    "sep sept set",
    "oct okt ott out",
    "nov",
    "dec déc dez dic",
)
_MONTHS: Final = {
    name: month for month, names in enumerate(_MONTH_NAMES, 1) for name in names.split()
}

# Minutes east of UTC. Only UTC's own names are certain: the rest are used by several countries.
_UTC_NAMES: Final = frozenset({"Z", "z", "UTC", "GMT"})
_ZONES: Final = {
    "WET": 0, "WEST": 60, "BST": 60, "CET": 60, "CEST": 120, "EET": 120, "EEST": 180, "MSK": 180,
    "EST": -300, "EDT": -240, "CST": -360, "CDT": -300, "MST": -420, "MDT": -360,
    "PST": -480, "PDT": -420, "IST": 330, "SGT": 480, "HKT": 480, "JST": 540, "KST": 540,
    "AEST": 600, "AEDT": 660, "NZST": 720, "NZDT": 780,
}  # fmt: skip

_DATE = r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})"
_NAMED_DAY = r"(?P<day>\d{1,2})[-/. ](?P<name>[^\W\d_]{3,9})\.?"
_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{1,2}):(?P<second>\d{1,2})(?:[.,:](?P<fraction>\d{1,9}))?"
_ZONE = r"(?: ?(?P<zone>Z|[+-]\d\d:?\d\d|[+-]\d\d|(?:UTC|GMT|[A-Z]{2,3}[DS]?T|MSK)\b))?"
_HALF = r"(?: (?P<half>[AaPp][Mm])\b)?"

# One shape a line, tried in this order; as the whole text here, as a prefix in STAMP.
_SHAPES: Final = (
    rf"{_DATE}(?:[T _\t-]|, ?){_CLOCK}{_ZONE}",
    # Blue Gene: 2005-06-03-15.42.50.675872
    rf"{_DATE}-(?P<hour>\d\d)\.(?P<minute>\d\d)\.(?P<second>\d\d)\.(?P<fraction>\d{{1,9}})",
    # ISO 8601 basic, also with a dash: 20240102T030405Z, 20171223-22:15:29:606
    r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)[T-](?P<hour>\d\d)(?P<minute>\d\d)"
    rf"(?P<second>\d\d)(?:[.,](?P<fraction>\d{{1,9}}))?{_ZONE}",
    rf"(?P<year>\d{{4}})(?P<month>\d\d)(?P<day>\d\d)[-T ]{_CLOCK}{_ZONE}",
    # syslog and ctime: [Sun] Mar 13 22:49:12[.123] [2016 | CET 2016]
    r"(?:[A-Z][a-z]{2},? )?(?P<name>[^\W\d_]{3,9})\.? {1,2}(?P<day>\d{1,2}),? "
    rf"(?:(?P<year>\d{{4}}),? )?{_CLOCK}{_HALF}{_ZONE}(?: (?P<late_year>\d{{4}})\b)?",
    # Common log format: 20/Jul/2009:22:59:26 +0000
    rf"{_NAMED_DAY}[-/. ](?P<year>\d{{4}})[: ]{_CLOCK}{_ZONE}",
    # RFC 2822 and its like: Mon, 02 Jan 2006 15:04:05 -0700
    rf"(?:[A-Z][a-z]{{2}},? ){_NAMED_DAY}[- ](?P<year>\d{{4}}) {_CLOCK}{_ZONE}",
    rf"{_NAMED_DAY} {_CLOCK}",
    # Spark: 17/06/09 20:10:40, the year first
    rf"(?P<short_year>\d\d)/(?P<month>\d\d)/(?P<day>\d\d) {_CLOCK}",
    # HDFS: 081109 203615
    r"(?P<short_year>\d\d)(?P<month>\d\d)(?P<day>\d\d) "
    r"(?P<hour>\d\d):?(?P<minute>\d\d):?(?P<second>\d\d)",
    # month/day or day/month, with the year last
    rf"(?P<either>\d{{1,2}})[-/.](?P<other>\d{{1,2}})[-/.](?P<year>\d{{4}})(?:,? |T){_CLOCK}"
    rf"{_HALF}{_ZONE}",
    # Android, Proxifier: 03-17 16:13:38.811; glog: 0517 15:04:22.619632
    rf"(?P<month>\d\d)[-/.]?(?P<day>\d\d) {_CLOCK}",
)
# By the first character of a text: a digit, or the letter of a name.
_NUMERIC: Final = tuple(re.compile(shape) for shape in _SHAPES if not shape.startswith("(?:[A-Z]"))
_NAMED: Final = tuple(re.compile(shape) for shape in _SHAPES if shape.startswith("(?:[A-Z]"))
_TIME_OF_DAY: Final = re.compile(_CLOCK)
_NUMBER: Final = re.compile(r"\d{9,19}(?:\.\d{1,9})?")
_FRACTION: Final = re.compile(r"[.,](\d{1,9})(?= ?(?:[+-]\d\d:?\d\d|[A-Z]{1,4})?$)")
_POINTS: Final = frozenset(".,:")


def _anonymous(shape: str) -> str:
    return re.sub(r"\(\?P<\w+>", "(?:", shape)


# Any of the shapes with a date or a Unix time, to be put into other patterns. Atomic, so that what
# fails behind a stamp does not try its other shapes.
STAMP: Final = (
    f"(?>{'|'.join(map(_anonymous, _SHAPES))}"
    r"|(?:\d{10}(?:\.\d{1,9})?|\d{13}|\d{16}|\d{19})(?![\w.:/-]))"
)
TIME_OF_DAY: Final = _anonymous(_CLOCK)


class TimeOrigin(IntEnum):
    """Where the time of a line comes from."""

    PARSED = 0
    GUESSED = 1  # the line leaves out its year, date, century or zone
    ARRIVAL = 2  # the line has no time
    OUT_OF_RANGE = 3  # it has one, older than 400 days or ahead by more than an hour: not believed


# Milliseconds since 1970 (UTC), and PARSED or GUESSED. A plain tuple: one is built for many lines.
Reading = tuple[int, TimeOrigin]


class Clock:
    """Reads the stamps of one source, which arrive at the time last told by `arrive`.

    What a stamp leaves out is taken from the arrival's hour (not its millisecond), so that
    readings can be kept for an hour: the year that is latest but not more than a day ahead, the
    day that is latest but not more than an hour ahead. A zone is that of `timezone`.
    """

    def __init__(self, timezone: tzinfo = UTC) -> None:
        self._timezone = timezone
        self._anchor_ms = 0
        self._young: dict[Stamp, Reading] = {}
        self._old: dict[Stamp, Reading] = {}

    def arrive(self, arrival_ms: int) -> None:
        """Must be called before `read`, whenever the arrival changes."""
        anchor_ms = arrival_ms // HOUR_MS * HOUR_MS
        if anchor_ms != self._anchor_ms:
            self._anchor_ms = anchor_ms
            self._young, self._old = {}, {}

    def read(self, stamp: Stamp) -> Reading | None:
        """None when the stamp is no time, e.g. the 30th of February."""
        reading = self._young.get(stamp)
        if reading is not None:
            return reading
        if not isinstance(stamp, str):
            return from_number(stamp)
        # Milliseconds make every stamp a new one: they are split off, and the rest is kept.
        whole, millis = stamp[:-4], stamp[-3:]
        if stamp[-4:-3] in _POINTS and millis.isdecimal():
            fraction = int(millis)
        else:
            whole, fraction = _split_fraction(stamp)
        reading = self._young.get(whole) or self._keep(whole)
        if reading is None:
            return parse(stamp, self._anchor_ms, self._timezone) if whole != stamp else None
        return (reading[0] + fraction, reading[1]) if fraction else reading

    def _keep(self, stamp: str) -> Reading | None:
        reading = self._old.get(stamp) or parse(stamp, self._anchor_ms, self._timezone)
        if reading is not None:
            if len(self._young) >= _CACHED:
                self._young, self._old = {}, self._young
            self._young[stamp] = reading
        return reading


def _split_fraction(stamp: str) -> tuple[str, int]:
    """A stamp without its fraction of a second, and the fraction in ms."""
    found = _FRACTION.search(stamp)
    if found is None:
        return stamp, 0
    return stamp[: found.start()] + stamp[found.end() :], int((found[1] + "00")[:3])


def parse(text: str, anchor_ms: int, timezone: tzinfo = UTC) -> Reading | None:
    """The time that a text means when it arrives at `anchor_ms`; None when it is no time.

    A text without a zone is taken as one of `timezone`, and the reading is flagged as guessed.
    """
    for reader in _NUMERIC if text[:1].isdecimal() else _NAMED:
        match = reader.fullmatch(text)
        if match is not None:
            return _reading(match.groupdict(), anchor_ms, timezone)
    if _NUMBER.fullmatch(text):
        return from_number(float(text) if "." in text else int(text))
    match = _TIME_OF_DAY.fullmatch(text)
    return _latest_day(match.groupdict(), anchor_ms, timezone) if match else None


def from_number(value: float) -> Reading | None:
    """Unix time in s, ms, µs or ns, told apart by magnitude."""
    time_ms = moments.from_number(value)
    return None if time_ms is None else (time_ms, TimeOrigin.PARSED)


def _reading(parts: dict[str, str | None], anchor_ms: int, timezone: tzinfo) -> Reading | None:
    of_day = _time_of_day_ms(parts)
    if of_day is None:
        return None
    zone = _zone(parts.get("zone"))
    best: int | None = None
    for day in _days(parts, anchor_ms):
        best = day * DAY_MS + of_day
        if zone is None:
            best = _in_utc(best, anchor_ms, timezone)
        else:
            best -= zone.minutes * 60_000
        if best <= anchor_ms + DAY_MS:
            break
    if best is None:
        return None
    whole = (parts.get("year") or parts.get("late_year")) and not parts.get("either")
    sure = whole and zone is not None and zone.sure
    return best, TimeOrigin.PARSED if sure else TimeOrigin.GUESSED


def _latest_day(parts: dict[str, str | None], anchor_ms: int, timezone: tzinfo) -> Reading | None:
    of_day = _time_of_day_ms(parts)
    if of_day is None:
        return None
    latest = anchor_ms + HOUR_MS
    # The zone's day may be one ahead of UTC's, and its clock may have been put on or back.
    newest = latest // DAY_MS + 1
    for day in (newest, newest - 1, newest - 2):
        time_ms = _in_utc(day * DAY_MS + of_day, anchor_ms, timezone)
        if time_ms <= latest:
            break
    return time_ms, TimeOrigin.GUESSED


def _in_utc(local_ms: int, anchor_ms: int, timezone: tzinfo) -> int:
    """A zone's wall clock as Unix time; of an hour that came twice, the latest not yet to come."""
    if timezone is UTC:
        return local_ms
    try:
        local = _EPOCH + timedelta(milliseconds=local_ms)
    except OverflowError:  # the leap second at the end of the year 9999
        return local_ms
    first, second = (
        local_ms - _milliseconds(local.replace(tzinfo=timezone, fold=fold).utcoffset())
        for fold in (0, 1)
    )
    return second if second <= anchor_ms + HOUR_MS else first


def _milliseconds(offset: timedelta | None) -> int:
    return 0 if offset is None else round(offset.total_seconds() * 1000)


def _time_of_day_ms(parts: dict[str, str | None]) -> int | None:
    hour, minute, second = (int(parts[part] or 0) for part in ("hour", "minute", "second"))
    if half := parts.get("half"):
        hour = hour % 12 + (12 if half in ("PM", "pm") else 0)
    if hour > 23 or minute > 59 or second > 60:  # 60: a leap second
        return None
    fraction = int(((parts.get("fraction") or "") + "000")[:3])
    return ((hour * 60 + minute) * 60 + second) * 1000 + fraction


class _Zone(NamedTuple):
    minutes: int
    sure: bool


def _zone(text: str | None) -> _Zone | None:
    if not text:
        return None
    if text[0] in "+-":
        minutes = int(text[1:3]) * 60 + int(text[-2:] if len(text) > 3 else 0)
        return _Zone(-minutes if text[0] == "-" else minutes, True)
    if text in _UTC_NAMES:
        return _Zone(0, True)
    return _Zone(_ZONES.get(text, 0), False)


def _days(parts: dict[str, str | None], anchor_ms: int) -> Iterator[int]:
    """Days since 1970 that the parts may mean, latest first."""
    year = parts.get("year") or parts.get("late_year")
    if either := parts.get("either"):
        orders = {(int(either), int(parts["other"] or 0)), (int(parts["other"] or 0), int(either))}
        days = [_day(int(year or 0), month, day) for month, day in orders]
        yield from sorted((day for day in days if day is not None), reverse=True)
        return
    name = parts.get("name")
    month = _month(name) if name else int(parts["month"] or 0)
    day_of_month = int(parts["day"] or 0)
    if year or parts.get("short_year"):
        years = [int(year) if year else 2000 + int(parts["short_year"] or 0)]
    else:
        next_year = date.fromordinal(_EPOCH_DAY + max(anchor_ms, 0) // DAY_MS).year + 1
        # The 29th of February may be eight years away.
        years = list(range(next_year, next_year - 10, -1))
    for candidate in years:
        day = _day(candidate, month, day_of_month)
        if day is not None:
            yield day


def _month(name: str) -> int:
    lower = name.lower()
    return _MONTHS.get(lower) or _MONTHS.get(lower[:4]) or _MONTHS.get(lower[:3]) or 0


def _day(year: int, month: int, day: int) -> int | None:
    try:
        return date(year, month, day).toordinal() - _EPOCH_DAY
    except ValueError:
        return None
