"""Which groups are due: the broker's time may change a group of which no signal comes."""

import heapq
from collections.abc import Mapping
from datetime import datetime


class Deadlines:
    """One deadline a key. Entries that are no longer true stay in the heap until they come up."""

    def __init__(self) -> None:
        self._due: dict[bytes, datetime] = {}
        self._heap: list[tuple[datetime, bytes]] = []

    def restore(self, found: Mapping[bytes, datetime | None]) -> None:
        """These and no others."""
        self._due = {key: due for key, due in found.items() if due is not None}
        self._heap = [(due, key) for key, due in self._due.items()]
        heapq.heapify(self._heap)

    def put(self, key: bytes, due: datetime | None) -> None:
        """The key's deadline from now on; None: it has none."""
        if due is None:
            self._due.pop(key, None)
        elif self._due.get(key) != due:
            self._due[key] = due
            heapq.heappush(self._heap, (due, key))

    def due(self, clock: datetime) -> list[bytes]:
        """Keys whose deadline is not after `clock`, each once, the earliest first."""
        found: list[bytes] = []
        while self._heap and self._heap[0][0] <= clock:
            when, key = heapq.heappop(self._heap)
            if self._due.get(key) == when:
                del self._due[key]
                found.append(key)
        return found
