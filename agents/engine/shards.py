"""State that must survive its worker: shards, each with its own frontier per input partition. Pure.

A record is applied to a shard at most once: what lies at or below the shard's frontier is in it
already, so a replay skips, shard by shard, what each one holds.
"""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

MAX_SHARD_BYTES = 512 * 1024


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    frontier: dict[int, int]
    state: bytes


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Kept)


class Shards:
    """Shards by key; `state` is bytes that the stage makes and understands."""

    def __init__(self) -> None:
        self._states: dict[bytes, bytes] = {}
        self._frontiers: dict[bytes, dict[int, int]] = {}
        self._changed: set[bytes] = set()

    def restore(self, kept: Mapping[bytes, bytes]) -> None:
        """Take over what a checkpoint holds; what was in memory before is forgotten.

        Raises msgspec.DecodeError for bytes that no checkpoint wrote.
        """
        self._changed.clear()
        decoded = {key: _decoder.decode(value) for key, value in kept.items()}
        self._states = {key: one.state for key, one in decoded.items()}
        self._frontiers = {key: dict(one.frontier) for key, one in decoded.items()}

    def __iter__(self) -> Iterator[bytes]:
        """The keys of the shards there are."""
        return iter(self._states)

    def state(self, key: bytes) -> bytes | None:
        """The shard's state; None when there is no such shard yet."""
        return self._states.get(key)

    def holds(self, key: bytes, partition: int, offset: int) -> bool:
        """Whether the shard's state contains the effect of this record already."""
        return offset <= self._frontiers.get(key, {}).get(partition, -1)

    def put(self, key: bytes, state: bytes, partition: int, offset: int) -> None:
        """The shard's new state, which contains the record at `offset`.

        Raises ValueError for a state over 512 KiB (the stage must cut its shards smaller) and for
        a record that the shard holds already.
        """
        if len(state) > MAX_SHARD_BYTES:
            raise ValueError(f"shard {key!r} has {len(state)} bytes, more than {MAX_SHARD_BYTES}")
        if self.holds(key, partition, offset):
            raise ValueError(f"shard {key!r} holds {partition}@{offset} already")
        self._states[key] = state
        self._frontiers.setdefault(key, {})[partition] = offset
        self._changed.add(key)

    def changed(self) -> dict[bytes, bytes]:
        """What the next checkpoint has to write, by shard."""
        return {
            key: _encoder.encode(_Kept(self._frontiers[key], self._states[key]))
            for key in sorted(self._changed)
        }

    def written(self, keys: Iterable[bytes]) -> None:
        """These were acknowledged; call it only when nothing was put since `changed`."""
        self._changed.difference_update(keys)
