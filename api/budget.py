"""Memory for request bodies, shared out in bytes: what does not fit is refused, never waited for.

Waiting could lock up: bodies that each hold a part and want more would wait for each other.
"""

from types import TracebackType
from typing import Self

from api.problems import overloaded


class Budget:
    """`total` bytes for all requests of a process; no source may hold more than half of them."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.free = total
        self.held: dict[str, int] = {}

    def share(self, source: str) -> "Share":
        """What one request of a source holds; use as a context."""
        return Share(self, source)


class Share:
    """Grows with `take`; leaving the context gives everything back."""

    def __init__(self, budget: Budget, source: str) -> None:
        self._budget = budget
        self._source = source
        self._mine = 0

    def take(self, count: int) -> None:
        """Raises Problem 503 when so many bytes are not to be had now."""
        budget = self._budget
        of_source = budget.held.get(self._source, 0) + count
        if count > budget.free:
            raise overloaded("overloaded", "too many bodies at once; send again a little later")
        if of_source > budget.total // 2:
            raise overloaded("overloaded", "this source has too many bodies on their way")
        budget.free -= count
        budget.held[self._source] = of_source
        self._mine += count

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        budget = self._budget
        budget.free += self._mine
        left = budget.held.get(self._source, 0) - self._mine
        if left:
            budget.held[self._source] = left
        else:
            budget.held.pop(self._source, None)
        self._mine = 0
