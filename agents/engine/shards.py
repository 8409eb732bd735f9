"""State that must survive its worker: shards, each with its own frontier per input partition. Pure.

A record is applied to a shard at most once: what lies at or below the shard's frontier is in it
already, so a replay skips, shard by shard, what each one holds. A shard also carries the term of
the worker that wrote it, which rises with each take-over: what a worker writes that was paused, and
does not know yet that another has its partitions, counts for nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec

MAX_SHARD_BYTES = 512 * 1024


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    frontier: dict[int, int]
    state: bytes
    term: int = 0


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Kept)


class Newest:
    """What counts of a log of checkpoints: of each shard the last record of the highest term."""

    def __init__(self) -> None:
        self.values: dict[bytes, bytes] = {}
        self._terms: dict[bytes, int] = {}

    def read(self, key: bytes, value: bytes) -> None:
        """Take the next record; all in the order of the log, again as often as you like.

        Raises msgspec.DecodeError for bytes that no checkpoint wrote.
        """
        term = _decoder.decode(value).term
        if term >= self._terms.get(key, 0):
            self.values[key] = value
            self._terms[key] = term

    @property
    def term(self) -> int:
        """The highest there is; 0 when there is none."""
        return max(self._terms.values(), default=0)


class Shards:
    """Shards by key; `state` is bytes that the stage makes and understands. `term` is that of the
    worker, and must be above that of everything that was restored.
    """

    def __init__(self) -> None:
        self.term = 0
        self._states: dict[bytes, bytes | Callable[[], bytes]] = {}
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

    def begin_anew(self, ends: Mapping[int, int]) -> list[int]:
        """Forget the places of partitions whose log ends, by `ends`, before what a shard holds.

        Such a log began anew: its records are others than those that the shards have seen under
        the same offsets. What was learnt from these stays. Returns the partitions.
        """
        anew = sorted(
            partition
            for partition, end in ends.items()
            if any(found.get(partition, -1) >= end for found in self._frontiers.values())
        )
        for key, frontier in self._frontiers.items():
            for partition in anew:
                if frontier.pop(partition, None) is not None:
                    self._changed.add(key)
        return anew

    def __iter__(self) -> Iterator[bytes]:
        """The keys of the shards there are."""
        return iter(self._states)

    def state(self, key: bytes) -> bytes | None:
        """The shard's state; None when there is no such shard yet."""
        found = self._states.get(key)
        return found() if callable(found) else found

    def holds(self, key: bytes, partition: int, offset: int) -> bool:
        """Whether the shard's state contains the effect of this record already."""
        return offset <= self._frontiers.get(key, {}).get(partition, -1)

    def put(
        self, key: bytes, state: bytes | Callable[[], bytes], partition: int, offset: int
    ) -> None:
        """The shard's new state, which contains the record at `offset`; or what gives the state,
        asked at the next checkpoint, where to make it for each record would cost too much.

        Raises ValueError for a state over 512 KiB (the stage must cut its shards smaller) and for
        a record that the shard holds already.
        """
        if self.holds(key, partition, offset):
            raise ValueError(f"shard {key!r} holds {partition}@{offset} already")
        if isinstance(state, bytes):
            _refuse_large(key, state)
        self._states[key] = state
        self._frontiers.setdefault(key, {})[partition] = offset
        self._changed.add(key)

    def put_apart(self, key: bytes, state: bytes) -> bytes:
        """A shard that no record belongs to, as the caller writes it to the log at once.

        Raises ValueError as `put` does.
        """
        _refuse_large(key, state)
        self._states[key] = state
        return _encoder.encode(_Kept({}, state, self.term))

    def touch(self, key: bytes) -> None:
        """The shard has changed with time, not with a record."""
        self._changed.add(key)

    def changed(self) -> dict[bytes, bytes]:
        """What the next checkpoint has to write, by shard. Raises ValueError as `put` does."""
        found = {}
        for key in sorted(self._changed):
            state = self.state(key) or b""
            _refuse_large(key, state)
            found[key] = _encoder.encode(_Kept(self._frontiers.get(key, {}), state, self.term))
        return found

    def written(self, keys: Iterable[bytes]) -> None:
        """These were acknowledged; call it only when nothing was put since `changed`."""
        self._changed.difference_update(keys)


def _refuse_large(key: bytes, state: bytes) -> None:
    if len(state) > MAX_SHARD_BYTES:
        raise ValueError(f"shard {key!r} has {len(state)} bytes, more than {MAX_SHARD_BYTES}")
