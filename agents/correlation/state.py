"""What correlation remembers of one group (a host, else a source): its alerts and their signs.

In MessagePack it is a shard of the stage's checkpoint and must stay below 512 KiB, so texts are
cut and signs are limited: 192 signs of ten texts of 200 bytes.
"""

from datetime import UTC, datetime
from hashlib import blake2b
from typing import Final

import msgspec

from agents.correlation.severity import severity_of, word_of
from schemas.alerts import AlertSeverity, AlertState
from schemas.signals import Signal

_TEXT_BYTES: Final = 200
MAX_SIGNS: Final = 64  # of one alert
MAX_GROUP_SIGNS: Final = 192


class Sign(msgspec.Struct):
    """The newest version of the newest signal of one kind and scope. `news`: when it arrived."""

    id: str
    version: int
    kind: str
    scope: str
    active: bool
    onset: datetime
    at: datetime
    news: datetime
    severity: AlertSeverity
    word: str
    paging: bool
    score: float
    reason: str
    labels: dict[str, str]
    value: float | None
    unit: str
    baseline: tuple[float, float, float, float] | None
    sample: str


class Held(msgspec.Struct):
    """One alert. `founder` is the key of the sign it was founded by; `closed_news` is when, by
    the broker's clock, it was closed. `dismissed`: somebody has closed it, whatever signals say.
    """

    id: str
    fingerprint: str
    founder: str
    signs: dict[str, Sign]
    first_seen: datetime
    last_seen: datetime
    state: AlertState = AlertState.PENDING
    version: int = 0
    count: int = 0
    demo: bool = True
    closed_at: datetime | None = None
    closed_news: datetime | None = None
    acknowledged: bool = False
    owner: str = ""
    dismissed: bool = False


class Alone(msgspec.Struct):
    """An alert that no signal has a part in, as it was published last: raised by hand, or
    forgotten and then decided on. `news` is when that was, by the broker's clock.
    """

    id: str
    document: str
    news: datetime


class Group(msgspec.Struct, omit_defaults=True):
    """Everything about one host, or about one source that names no host; or alerts that stand
    alone.
    """

    held: list[Held] = []
    alone: list[Alone] = []

    @property
    def ids(self) -> list[str]:
        """Of all alerts that are remembered here."""
        return [one.id for one in self.held] + [one.id for one in self.alone]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Group)


def encode(group: Group) -> bytes:
    """A shard's state."""
    return _encoder.encode(group)


def decode(state: bytes | None) -> Group:
    """The group of a shard; an empty one when there is no shard yet."""
    return _decoder.decode(state) if state else Group()


def digest(*parts: str) -> str:
    """16 hex digits that follow from the parts alone."""
    return blake2b("\x00".join(parts).encode(), digest_size=8).hexdigest()


def group_of(signal: Signal) -> str:
    """Signals with one group may join one alert."""
    if signal.host:
        return f"host:{signal.host}"
    return f"source:{signal.source}" if signal.source else f"scope:{signal.scope}"


def sign_of(signal: Signal, arrival: datetime) -> Sign:
    """What is kept of a signal; times become UTC."""
    named = {"host": signal.host, "service": signal.service, "source": signal.source}
    named |= {"metric": signal.metric, "pattern": signal.pattern}
    base = signal.baseline
    return Sign(
        id=_cut(signal.id),
        version=signal.version,
        kind=signal.kind,
        scope=_cut(signal.scope),
        active=signal.active,
        onset=signal.onset.astimezone(UTC),
        at=signal.at.astimezone(UTC),
        news=arrival,
        severity=severity_of(signal),
        word=word_of(signal),
        paging=signal.strength == "paging",
        score=signal.score,
        reason=_cut(signal.reason),
        labels={name: _cut(text) for name, text in named.items() if text},
        value=signal.value,
        unit=_cut(signal.unit),
        baseline=(base.mean, base.std, base.low, base.high) if base else None,
        sample=_cut(signal.sample),
    )


def _cut(text: str) -> str:
    """At most 200 bytes; what is longer says so."""
    coded = text.encode()
    if len(coded) <= _TEXT_BYTES:
        return text
    return coded[: _TEXT_BYTES - 3].decode("utf-8", "ignore") + "…"
