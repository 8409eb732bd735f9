"""Which offset of one partition may be committed: the end of the settled prefix. Pure."""

from collections import deque


class WentBackError(Exception):
    """The log was replaced, or has lost its end, while it was read: offsets mean other records."""


class Frontier:
    """Offsets in the order of delivery; holes in the numbering (transaction markers) are normal.

    An offset is settled when everything that its record produced is acknowledged. Settling what
    was never delivered here (a record of an earlier assignment) is ignored.
    """

    def __init__(self) -> None:
        self._pending: deque[int] = deque()
        self._settled: set[int] = set()
        self._committable: int | None = None
        self._last = -1

    def deliver(self, offset: int) -> None:
        """Note a delivered offset. Raises WentBackError for one that is not behind the last."""
        if offset <= self._last:
            raise WentBackError(f"offset {offset} came after {self._last}")
        self._pending.append(offset)
        self._last = offset

    def settle(self, offset: int) -> None:
        """Mark as done, in any order."""
        if not self._pending or not self._pending[0] <= offset <= self._last:
            return
        self._settled.add(offset)
        while self._pending and self._pending[0] in self._settled:
            done = self._pending.popleft()
            self._settled.discard(done)
            self._committable = done + 1

    def committable(self) -> int | None:
        """The next offset to read after everything settled without a gap; None: nothing yet."""
        return self._committable

    @property
    def in_flight(self) -> int:
        """Delivered and not yet within the settled prefix."""
        return len(self._pending)
