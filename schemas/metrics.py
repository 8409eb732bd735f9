"""Metrics: a batch of points as published on metrics.raw.

The record header `schema` = MetricBatch/1 says that a value is one; a record without it is a
stranger's JSON.
"""

from typing import Final

import msgspec

from schemas.errors import InvalidEvent

METRIC_BATCH: Final = b"MetricBatch/1"
UNTIMED: Final = 0  # a point that takes the time of its record's arrival


class MetricBatch(msgspec.Struct, frozen=True, array_like=True):
    """Columns of equal length: the points of one source.

    `metric` is a name, with the instance in brackets where a host has several of a kind:
    `cpu_usage`, `disk_used_percent[/var]`. `time_ms` is Unix ms (UTC), UNTIMED where unknown.
    `imported` marks a past read once, which raises no live alerts; `demo` marks made-up data.
    """

    source: str
    host: list[str]
    metric: list[str]
    time_ms: list[int]
    value: list[float]
    imported: bool = False
    demo: bool = False


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(MetricBatch)


def encode_metrics(batch: MetricBatch) -> bytes:
    """MessagePack bytes; publish them with the header schema=MetricBatch/1."""
    return _encoder.encode(batch)


def decode_metrics(value: bytes) -> MetricBatch:
    """Raises InvalidEvent("undecodable") when the bytes are no MetricBatch."""
    try:
        batch = _decoder.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidEvent("undecodable", str(error)) from error
    columns = (batch.host, batch.metric, batch.time_ms, batch.value)
    if len({len(column) for column in columns}) > 1:
        raise InvalidEvent("undecodable", "columns of unequal length")
    return batch
