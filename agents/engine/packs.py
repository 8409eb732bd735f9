"""Entries on their way out: those of several small records of a partition travel in one record.

A pack leaves when it is full, or after 100 ms. Its records are settled when all that they produced
is acknowledged.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from faust.types import TP

from agents.engine.loop import or_die
from agents.engine.window import Send, Window
from schemas.headers import SCHEMA, TRACEPARENT
from schemas.logs import ENTRIES, Entry, encode_entries

_LINES = 500
_ENTRIES = 256
_SECONDS = 0.1


@dataclass
class Pack:
    """Entries of one partition, what else their records produced, and what they settle."""

    entries: list[Entry] = field(default_factory=list)
    sends: list[Send] = field(default_factory=list)
    done: list[tuple[TP, int]] = field(default_factory=list)
    lines: int = 0
    trace: str | None = None  # of the newest record that has one

    @property
    def full(self) -> bool:
        """Whether waiting for more is not worth it."""
        return self.lines >= _LINES or len(self.entries) >= _ENTRIES


class Packs:
    """One open pack a partition; `topic` is where entries go, with their input's partition."""

    def __init__(self, window: Window, topic: str) -> None:
        self._window = window
        self._topic = topic
        self._open: dict[TP, Pack] = {}
        self._carried: list[Send] = []
        self._late: set[asyncio.Task[None]] = set()

    def at(self, tp: TP) -> Pack:
        """The open pack of a partition; what is put in leaves with it."""
        pack = self._open.get(tp)
        if pack is None:
            pack = self._open[tp] = Pack(sends=self._carried)
            self._carried = []
            asyncio.get_running_loop().call_later(_SECONDS, self._flush_late, tp, pack)
        return pack

    async def flush_full(self, tp: TP) -> None:
        """Send the partition's pack if it is full."""
        if self.at(tp).full:
            await self._flush(tp)

    def drop(self, keep: Callable[[Send], bool]) -> None:
        """Forget what has not left: its records come again. Sends to keep go with the next pack."""
        packs: Iterable[Pack] = self._open.values()
        self._carried += [send for pack in packs for send in pack.sends if keep(send)]
        self._open.clear()

    def _flush_late(self, tp: TP, pack: Pack) -> None:
        if self._open.get(tp) is pack:
            task = asyncio.create_task(or_die("pack_failed", self._flush(tp)))
            self._late.add(task)
            task.add_done_callback(self._late.discard)

    async def _flush(self, tp: TP) -> None:
        pack = self._open.pop(tp, None)
        if pack is None:
            return
        found = [(SCHEMA, ENTRIES)]
        if pack.trace:
            found.append((TRACEPARENT, pack.trace.encode()))
        key = pack.entries[-1].source.encode()
        entries = Send(self._topic, key, encode_entries(pack.entries), found, tp.partition)
        await self._window.send([*pack.sends, entries], pack.done)
