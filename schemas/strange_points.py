"""Strangers' JSON -> metric points: one object, an array, or one value a line.

An item is flat, `{"host", "timestamp", "cpu_usage": 1.5, ...}`; or names its metric, `{"name" or
"metric", "value", "host", "timestamp", "tags"}`; or is Telegraf's, `{"fields", "name", "tags",
"timestamp"}`. `{"metrics": [...]}` holds items. Strings and nulls are no points, true is 1. What
cannot be used comes back with its reason, item by item. Names and units leave here canonical.

Both edges and agents read with it; the numbers themselves are judged where the arrival is known.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import msgspec

from schemas import telegraf_names
from schemas.headers import NUL_PICTURE
from schemas.lines import split_lines
from schemas.metric_names import NAME_CHARACTERS, canonical, with_instance
from schemas.metrics import UNTIMED, MetricBatch
from schemas.moments import read_moment

NO_METRIC: Final = "no metric"  # JSON without a single number to keep
UNDECODABLE: Final = "undecodable"
OVERSIZED: Final = "oversized"
BAD_TIME: Final = "bad time"

_TIMES: Final = ("timestamp", "@timestamp", "time", "ts")
_HOSTS: Final = ("host", "hostname")
_ABOUT: Final = frozenset({*_TIMES, *_HOSTS, "tags", "source", "name", "metrics"})
_JOINED_BYTES: Final = 64 * 1024
_LETTER_BYTES: Final = 4 * 1024 * 1024  # JSON written anew may be longer than it was
# RecursionError: the answer of both decoders to nesting beyond the interpreter's depth.
_NOT_JSON: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_NOT_JSON_EITHER: Final = (ValueError, RecursionError)
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")

_decoder: Final = msgspec.json.Decoder()


class DeadItem(NamedTuple):
    """Bytes for the dead letters: `place` of their first point in the record, -1 for the whole
    record; `points` counts what they held, at least 1. Several items stand on a line each.
    """

    place: int
    points: int
    value: bytes
    reason: str
    detail: str


def joined(dead: Iterable[DeadItem]) -> list[DeadItem]:
    """Neighbours that are dead for the same reason as one, up to 64 KiB: a record of 4 MiB may
    hold a million of them.
    """
    found: list[DeadItem] = []
    run: list[DeadItem] = []
    size = 0
    for item in sorted(dead):
        behind = run and item.place == run[-1].place + run[-1].points
        if run and not (behind and item.reason == run[-1].reason and size < _JOINED_BYTES):
            found.append(_join(run))
            run, size = [], 0
        run.append(item)
        size += len(item.value) + 1
    return [*found, _join(run)] if run else found


def _join(run: list[DeadItem]) -> DeadItem:
    if len(run) == 1:
        return run[0]
    value = b"\n".join(item.value for item in run)
    return run[0]._replace(points=sum(item.points for item in run), value=value)


@dataclass(slots=True)
class Columns:
    """Points as columns of equal length, and what could not become one.

    `index` is the place of a point in its record: living and dead are numbered together, in order.
    A time may be UNTIMED; a value may still be NaN or infinite.
    """

    host: list[str] = field(default_factory=list)
    metric: list[str] = field(default_factory=list)
    time_ms: list[int] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    index: list[int] = field(default_factory=list)
    dead: list[DeadItem] = field(default_factory=list)
    count: int = 0

    def bury(self, points: int, value: bytes, reason: str, detail: str) -> None:
        """Note what cannot be used."""
        value = value[:_LETTER_BYTES]
        self.dead.append(DeadItem(self.count, points, value, reason, detail))
        self.count += points

    def as_batch(self, source: str, *, imported: bool = False, demo: bool = False) -> MetricBatch:
        """What an edge publishes of it; the dead items are sent as they are, to be counted."""
        return MetricBatch(source, self.host, self.metric, self.time_ms, self.value, imported, demo)


def read_points(value: bytes, source: str) -> Columns:
    """Every point of a stranger's value; `source` is the host of those that name none."""
    columns = Columns()
    whole = value.strip()
    if not whole:
        return columns
    try:
        _add(columns, _decoder.decode(whole), whole, source)
    except _NOT_JSON:
        _read_leniently(columns, whole, source)
    return columns


def read_items(items: Sequence[object], source: str) -> Columns:
    """The same for JSON values that somebody has decoded already."""
    columns = Columns()
    for item in items:
        _add_item(columns, item, None, source)
    return columns


def _read_leniently(columns: Columns, whole: bytes, source: str) -> None:
    """A value a line; or with the numbers that Python writes and JSON lacks (NaN, Infinity)."""
    lines = [whole] if b"\n" not in whole else split_lines(whole)
    try:
        _add(columns, _loads(whole), whole, source)
        return
    except _NOT_JSON_EITHER as error:
        if len(lines) == 1:
            columns.bury(1, whole, UNDECODABLE, str(error)[:500])
            return
    for line in lines:
        if not line.strip():
            continue
        try:
            found = _decode(line)
        except _NOT_JSON_EITHER as error:
            columns.bury(1, line, UNDECODABLE, str(error)[:500])
            continue
        _add(columns, found, line, source)


def _decode(line: bytes) -> Any:
    try:
        return _decoder.decode(line)
    except _NOT_JSON:
        return _loads(line)


def _loads(text: bytes) -> Any:
    return json.loads(text.decode("utf-8"))


def _add(columns: Columns, found: Any, raw: bytes, source: str) -> None:
    if isinstance(found, dict) and isinstance(found.get("metrics"), list):
        found = found["metrics"]
    if isinstance(found, list):
        for item in found:
            _add_item(columns, item, None, source)
    else:
        _add_item(columns, found, raw, source)


def _add_item(columns: Columns, item: object, raw: bytes | None, source: str) -> None:
    if not isinstance(item, dict):
        columns.bury(1, _raw(item, raw), NO_METRIC, "not an object")
        return
    tags = _tags(item.get("tags"))
    found = _named(item, tags)
    if not found:
        # Telegraf sends text as metrics of its own, e.g. uptime_format: well formed, and no point.
        if _is_telegraf(item) and item["fields"]:
            return
        columns.bury(1, _raw(item, raw), NO_METRIC, "no number to keep")
        return
    said = next((item[key] for key in _TIMES if item.get(key) is not None), None)
    time_ms = UNTIMED if said is None else read_moment(said)
    if time_ms is None:
        columns.bury(len(found), _raw(item, raw), BAD_TIME, f"{_shown(said)} is no time")
        return
    host = _host(item, tags) or source
    if len(host) > NAME_CHARACTERS or any(len(name) > NAME_CHARACTERS for name, _ in found):
        detail = f"a host or a name of more than {NAME_CHARACTERS} characters"
        columns.bury(len(found), _raw(item, raw), OVERSIZED, detail)
        return
    first = columns.count
    columns.count += len(found)
    columns.host += [host] * len(found)
    columns.metric += [name for name, _ in found]
    columns.time_ms += [time_ms] * len(found)
    columns.value += [value for _, value in found]
    columns.index += range(first, columns.count)


def _named(item: Mapping[str, Any], tags: Mapping[str, str]) -> list[tuple[str, float]]:
    """(canonical name, value in its unit) of every number in an item."""
    name = item.get("name")
    fields: Mapping[str, Any]
    if isinstance(name, str) and _is_telegraf(item):
        fields = item["fields"]
        place = telegraf_names.instance(name, tags)
        rules = ((telegraf_names.rule(name, str(f), place), v) for f, v in fields.items())
        return [
            (_text(rule.name), _number(value) * rule.factor + rule.shift)
            for rule, value in rules
            if isinstance(value, int | float)
        ]
    place = telegraf_names.of_tags(tags) if tags else ""
    single = item.get("metric", name)
    if isinstance(single, str) and single and "value" in item:
        fields = {single: item["value"]}
    elif isinstance(item.get("metrics"), dict):
        fields = item["metrics"]
    else:
        fields = {key: value for key, value in item.items() if key not in _ABOUT}
    found = []
    for key, value in fields.items():
        if isinstance(value, int | float):
            rule = canonical(_text(key))
            metric = with_instance(rule.name, place) if place else rule.name
            found.append((metric, _number(value) * rule.factor + rule.shift))
    return found


def _is_telegraf(item: Mapping[str, Any]) -> bool:
    return isinstance(item.get("fields"), dict) and isinstance(item.get("name"), str)


def _number(value: float) -> float:
    """A whole number beyond what a float holds is infinite."""
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def _host(item: Mapping[str, Any], tags: Mapping[str, str]) -> str:
    said = next((item[key] for key in _HOSTS if item.get(key)), None)
    if isinstance(said, str):
        return _text(said)
    return next((tags[tag] for tag in telegraf_names.HOST_TAGS if tags.get(tag)), "")


def _tags(found: object) -> dict[str, str]:
    if not isinstance(found, dict):
        return {}
    return {
        _text(str(tag)): _text(str(value))
        for tag, value in found.items()
        if isinstance(value, str | int | float)
    }


def _text(text: str) -> str:
    """Without what no database keeps: NUL becomes its picture, half a surrogate pair U+FFFD."""
    if text.isascii():
        return text.replace("\x00", NUL_PICTURE) if "\x00" in text else text
    return _LONE_SURROGATE.sub("\ufffd", text.replace("\x00", NUL_PICTURE))


def _shown(said: object) -> str:
    return repr(said)[:100] if isinstance(said, str | int | float) else type(said).__name__


def _raw(item: object, raw: bytes | None) -> bytes:
    """The item's own bytes, or where it was one of many the same JSON written anew."""
    if raw is not None:
        return raw
    try:
        text = json.dumps(item, ensure_ascii=False, separators=(",", ":"))
    except RecursionError:
        return b"(nested too deep to be written anew)"
    return text.encode("utf-8", "backslashreplace")
