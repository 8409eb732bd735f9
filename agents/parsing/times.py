"""Time stamps of log lines -> milliseconds since 1970 (UTC).

In comes the text (or number) that a format found to be the time, and the arrival, which decides
what the text leaves out: year, century or date. Out goes the time and whether a part of it was
guessed. `STAMP` is the same knowledge as one pattern, for formats that accept any time stamp.
"""

import re
from datetime import date
from typing import Final, NamedTuple

Stamp = str | float

DAY_MS: Final = 86_400_000
HOUR_MS: Final = 3_600_000
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
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
_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d\d):(?P<second>\d{1,2})(?:[.,:](?P<fraction>\d{1,9}))?"
_ZONE = r"(?: ?(?P<zone>Z|[+-]\d\d:?\d\d|[+-]\d\d|(?:UTC|GMT|[A-Z]{2,3}[DS]?T|MSK)\b))?"
_HALF = r"(?: (?P<half>[AaPp][Mm])\b)?"

# One shape a line, tried in this order; as the whole text here, as a prefix in STAMP.
_SHAPES: Final = (
    rf"{_DATE}(?:[T _-]|, ?){_CLOCK}{_ZONE}",
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
_READERS: Final = tuple(re.compile(shape) for shape in _SHAPES)
_TIME_OF_DAY: Final = re.compile(_CLOCK)
_NUMBER: Final = re.compile(r"\d{9,19}(?:\.\d{1,9})?")


def _anonymous(shape: str) -> str:
    return re.sub(r"\(\?P<\w+>", "(?:", shape)


# Any of the shapes with a date or a Unix time, to be put into other patterns (no groups inside).
STAMP: Final = (
    f"(?:{'|'.join(map(_anonymous, _SHAPES))}"
    r"|(?:\d{10}(?:\.\d{1,9})?|\d{13}|\d{16}|\d{19})(?![\w.:/-]))"
)
TIME_OF_DAY: Final = _anonymous(_CLOCK)


class Reading(NamedTuple):
    """A time in milliseconds since 1970 (UTC); `guessed`: year, date, century or zone inferred."""

    ms: int
    guessed: bool


class Clock:
    """Reads the stamps of one source.

    What a stamp leaves out is taken from the arrival's hour (not its millisecond), so that
    readings can be kept for an hour: the year that is latest but not more than a day ahead, the
    day that is latest but not more than an hour ahead.
    """

    def __init__(self) -> None:
        self._hour = -1
        self._young: dict[Stamp, Reading] = {}
        self._old: dict[Stamp, Reading] = {}

    def read(self, stamp: Stamp, arrival_ms: int) -> Reading | None:
        """None when the stamp is no time, e.g. the 30th of February."""
        if arrival_ms // HOUR_MS != self._hour:
            self._hour = arrival_ms // HOUR_MS
            self._young, self._old = {}, {}
        reading = self._young.get(stamp) or self._old.get(stamp)
        if reading is None:
            return self._fresh(stamp)
        return reading

    def _fresh(self, stamp: Stamp) -> Reading | None:
        """Splits off milliseconds, which make every stamp a new one, and keeps the rest."""
        if not isinstance(stamp, str):
            return from_number(stamp)
        fraction = 0
        whole = stamp
        if stamp[-4:-3] in (".", ",") and stamp[-3:].isdecimal():
            whole, fraction = stamp[:-4], int(stamp[-3:])
        elif stamp.endswith("Z") and stamp[-5:-4] == "." and stamp[-4:-1].isdecimal():
            whole, fraction = stamp[:-5] + "Z", int(stamp[-4:-1])
        reading = self._young.get(whole) or self._old.get(whole)
        if reading is None:
            reading = parse(whole, self._hour * HOUR_MS)
            if reading is None:
                return parse(stamp, self._hour * HOUR_MS) if whole is not stamp else None
            self._keep(whole, reading)
        return Reading(reading.ms + fraction, reading.guessed) if fraction else reading

    def _keep(self, stamp: str, reading: Reading) -> None:
        if len(self._young) >= _CACHED:
            self._young, self._old = {}, self._young
        self._young[stamp] = reading


def parse(text: str, anchor_ms: int) -> Reading | None:
    """The time that a text means when it arrives at `anchor_ms`; None when it is no time.

    Without a zone the text is taken as UTC, and the reading is flagged as guessed.
    """
    for reader in _READERS:
        match = reader.fullmatch(text)
        if match is not None:
            return _reading(match.groupdict(), anchor_ms)
    if _NUMBER.fullmatch(text):
        return from_number(float(text) if "." in text else int(text))
    match = _TIME_OF_DAY.fullmatch(text)
    return _latest_day(match.groupdict(), anchor_ms) if match else None


def from_number(value: float) -> Reading | None:
    """Unix time in s, ms, µs or ns, told apart by magnitude (seconds up to the year 5138)."""
    if not 0 < value < 1e20:  # also false for NaN
        return None
    for unit, limit in ((1000.0, 1e11), (1.0, 1e14), (1e-3, 1e17)):
        if value < limit:
            return Reading(int(value * unit), False)
    return Reading(int(value) // 1_000_000, False)


def _reading(parts: dict[str, str | None], anchor_ms: int) -> Reading | None:
    of_day = _time_of_day_ms(parts)
    if of_day is None:
        return None
    zone = _zone_minutes(parts.get("zone"))
    dates, sure = _dates(parts, anchor_ms)
    times = [day * DAY_MS + of_day - zone.minutes * 60_000 for day in dates]
    if not times:
        return None
    past = [ms for ms in times if ms <= anchor_ms + DAY_MS]
    return Reading(max(past) if past else min(times), not (sure and zone.sure))


def _latest_day(parts: dict[str, str | None], anchor_ms: int) -> Reading | None:
    of_day = _time_of_day_ms(parts)
    if of_day is None:
        return None
    latest = anchor_ms + HOUR_MS
    return Reading((latest - of_day) // DAY_MS * DAY_MS + of_day, True)


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


def _zone_minutes(text: str | None) -> _Zone:
    if not text:
        return _Zone(0, False)
    if text[0] in "+-":
        minutes = int(text[1:3]) * 60 + int(text[-2:] if len(text) > 3 else 0)
        return _Zone(-minutes if text[0] == "-" else minutes, True)
    if text in _UTC_NAMES:
        return _Zone(0, True)
    return _Zone(_ZONES.get(text, 0), False)


def _dates(parts: dict[str, str | None], anchor_ms: int) -> tuple[list[int], bool]:
    """Days since 1970 that the parts may mean, and whether year, month and day are all stated."""
    if either := parts.get("either"):
        first, second = int(either), int(parts["other"] or 0)
        orders = {(first, second), (second, first)}
        days = [_day(int(parts["year"] or 0), month, day) for month, day in orders]
        return [day for day in days if day is not None], len(orders) == 1
    name = parts.get("name")
    month = _month(name) if name else int(parts["month"] or 0)
    day_of_month = int(parts["day"] or 0)
    year = parts.get("year") or parts.get("late_year")
    if year or (short := parts.get("short_year")):
        day = _day(int(year) if year else 2000 + int(short or 0), month, day_of_month)
        return [] if day is None else [day], year is not None
    this_year = date.fromordinal(_EPOCH_DAY + max(anchor_ms, 0) // DAY_MS).year
    # Eight years back: the 29th of February may be as far away as that.
    days = [_day(this_year + 1 - back, month, day_of_month) for back in range(10)]
    return [day for day in days if day is not None], False


def _month(name: str) -> int:
    lower = name.lower()
    return _MONTHS.get(lower) or _MONTHS.get(lower[:4]) or _MONTHS.get(lower[:3]) or 0


def _day(year: int, month: int, day: int) -> int | None:
    try:
        return date(year, month, day).toordinal() - _EPOCH_DAY
    except ValueError:
        return None
