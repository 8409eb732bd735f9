"""All groups, as shards: what one record changes, and where an alert is remembered.

A record is taken once by each shard. A signal changes its own group, and those whose time is up; a
command the groups of its targets. Alerts that stand alone share a fixed number of shards, so that
what was decided once does not keep a shard for ever.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from agents.correlation.correlate import correlate, next_due, pass_time
from agents.correlation.deadlines import Deadlines
from agents.correlation.decide import decide
from agents.correlation.state import Group, decode, digest, encode, group_of
from agents.engine.shards import Shards
from schemas.alerts import Alert
from schemas.commands import Command, CommandResult, DecidedItem
from schemas.signals import Signal

JOURNAL: Final = b"0/.commands"
ORDER: Final = b"0/.order"
_KNOWN_COMMANDS: Final = 2_000  # their ids are remembered; a repeat is sent within seconds
_APART: Final = frozenset([JOURNAL, ORDER])
_journal: Final = msgspec.msgpack.Decoder(dict[str, int])


class Taken(NamedTuple):
    """What a record makes: alerts that changed, new states of shards, and of a command a result."""

    alerts: list[Alert]
    states: Mapping[bytes, bytes]
    result: CommandResult | None = None


class Groups:
    """Reads `shards`; who calls puts the new states, after what they say was sent.

    `place` is the number by which shards know the log that a record lies on.
    """

    def __init__(self, shards: Shards) -> None:
        self._shards = shards
        self._deadlines = Deadlines()
        self._homes: dict[str, bytes] = {}
        self._ids: dict[bytes, list[str]] = {}

    def restore(self) -> int:
        """The shards have become others. Returns how many groups there are."""
        self._homes, self._ids = {}, {}
        due = {}
        for key in self._shards:
            if key not in _APART:
                group = decode(self._shards.state(key))
                due[key] = next_due(group)
                self._remember(key, group)
        self._deadlines.restore(due)
        return len(due)

    def take_signal(self, signal: Signal, arrival: datetime, place: int, offset: int) -> Taken:
        """Its arrival is also what time it is for all other groups."""
        own = b"0/" + digest(group_of(signal)).encode()
        return self._pass(
            [*self._deadlines.due(arrival), own], (own, signal), arrival, place, offset
        )

    def _pass(
        self,
        keys: Sequence[bytes],
        news: tuple[bytes, Signal] | None,
        arrival: datetime,
        place: int,
        offset: int,
    ) -> Taken:
        """Time passes in these groups; `news` is for one of them."""
        alerts: list[Alert] = []
        states: dict[bytes, bytes] = {}
        for key in dict.fromkeys(keys):
            before = self._shards.state(key)
            group = decode(before)
            if not self._shards.holds(key, place, offset):
                if news and key == news[0]:
                    alerts += correlate(group, news[1], arrival)
                else:
                    alerts += pass_time(group, arrival)
                after = encode(group)
                if after != (before or encode(Group())):
                    states[key] = after
            self._remember(key, group)
            self._deadlines.put(key, next_due(group))
        return Taken(alerts, states)

    def take_clock(self, arrival: datetime, place: int, offset: int) -> Taken:
        """A minute of the clock: time passes for all groups, as with somebody else's signal."""
        return self._pass(self._deadlines.due(arrival), None, arrival, place, offset)

    def take_command(self, command: Command, arrival: datetime, place: int, offset: int) -> Taken:
        """A command that came before changes nothing and has no second result.

        Nor has one of which a checkpoint holds a part: what it said was sent before that.
        """
        journal = _journal.decode(self._shards.state(JOURNAL) or b"\x80")
        known = journal.get(command.id)
        if known is not None and known != offset:
            return Taken([], {})
        alerts: list[Alert] = []
        items: list[DecidedItem] = []
        groups: dict[bytes, Group] = {}
        for target in command.targets:
            key = self._home(target.id, groups)
            if self._shards.holds(key, place, offset):
                known = offset
                continue
            alerts += pass_time(groups[key], arrival)
            item, alert = decide(groups[key], command, target, arrival)
            items.append(item)
            alerts += [alert] if alert else []
        states = {
            key: encode(group)
            for key, group in groups.items()
            if not self._shards.holds(key, place, offset)
        }
        for key in states:
            self._remember(key, groups[key])
            self._deadlines.put(key, next_due(groups[key]))
        if not self._shards.holds(JOURNAL, place, offset):
            states[JOURNAL] = _with(journal, command.id, offset)
        result = None if known is not None else CommandResult(id=command.id, items=_slim(items))
        return Taken(alerts, states, result)

    def _home(self, alert_id: str, groups: dict[bytes, Group]) -> bytes:
        """The shard that remembers an alert, or shall; it is in `groups` then."""
        key = self._homes.get(alert_id) or b"0/alone-" + digest(alert_id)[:2].encode()
        if key not in groups:
            groups[key] = decode(self._shards.state(key))
        return key

    def _remember(self, key: bytes, group: Group) -> None:
        """Which alerts the shard remembers now."""
        for alert_id in self._ids.pop(key, ()):
            if self._homes.get(alert_id) == key:
                del self._homes[alert_id]
        if ids := group.ids:
            self._ids[key] = ids
            self._homes |= dict.fromkeys(ids, key)


def _with(journal: dict[str, int], command_id: str, offset: int) -> bytes:
    kept = [*journal.items(), (command_id, offset)][-_KNOWN_COMMANDS:]
    return msgspec.msgpack.encode(dict(kept))


def _slim(items: Sequence[DecidedItem]) -> list[DecidedItem]:
    """The alerts of many would not fit into a record."""
    if len(items) == 1:
        return list(items)
    return [item.model_copy(update={"alert": None}) for item in items]
