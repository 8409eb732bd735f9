"""What a worker remembers of one input partition; bounded, and all of it can be rebuilt."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC

from agents.parsing.lines import LineParser
from agents.parsing.miner import Miner, new_miner
from agents.parsing.times import Clock
from schemas.logs import LogBatch
from schemas.timezones import timezone

_PARSERS = 2_000  # sources whose format is remembered
_PLACES = 20_000  # (host, service) pairs that are told apart
_NAME_CHARACTERS = 128  # two names and a source fit into one index row
_OTHER = ("<other>", "<other>")


@dataclass
class PartitionState:
    """What the worker remembers of one input partition; all of it can be rebuilt.

    `timezone` is the name of the zone of times that name none in a batch that names none either;
    "" is UTC.
    """

    epoch: int
    prev_offset: int
    miner: Miner = field(default_factory=new_miner)
    timezone: str = ""
    clocks: dict[str, Clock] = field(default_factory=dict)
    parsers: dict[tuple[str, ...], LineParser] = field(default_factory=dict)
    places: set[tuple[str, str]] = field(default_factory=set)
    announced: set[str] = field(default_factory=set)

    def parser(self, batch: LogBatch) -> LineParser:
        """The parser that knows this source's format."""
        timezone = batch.timezone or self.timezone
        key = (batch.source, batch.format, batch.host, batch.service, timezone)
        found = self.parsers.get(key)
        if found is None:
            if len(self.parsers) >= _PARSERS:
                self.parsers.pop(next(iter(self.parsers)))
            found = self.parsers[key] = LineParser(
                hint=batch.format,
                host=batch.host,
                service=batch.service,
                clock=self._clock(timezone),
            )
        return found

    def _clock(self, name: str) -> Clock:
        """One for each zone; of a zone that this machine does not know, and of "", the UTC one."""
        zone = timezone(name) if name else None
        return self.clocks.setdefault(name if zone else "", Clock(zone or UTC))

    def told_apart(
        self, hosts: Sequence[str], services: Sequence[str]
    ) -> tuple[Sequence[str], Sequence[str]]:
        """The columns themselves, or `<other>` for pairs that are too many to tell apart."""
        if any("\x00" in name or len(name) > _NAME_CHARACTERS for name in {*hosts, *services}):
            hosts, services = storable_names(hosts), storable_names(services)
        new = set(zip(hosts, services, strict=True)) - self.places
        if len(self.places) + len(new) <= _PLACES:
            self.places |= new
            return hosts, services
        pairs = [
            pair if pair in self.places else _OTHER for pair in zip(hosts, services, strict=True)
        ]
        return tuple(host for host, _ in pairs), tuple(service for _, service in pairs)


def storable_names(names: Sequence[str]) -> list[str]:
    """As a database index can hold them: no NUL (shown as its picture), not too long."""
    return [name.replace("\x00", "\u2400")[:_NAME_CHARACTERS] for name in names]
