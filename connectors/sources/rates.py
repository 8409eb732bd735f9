"""Rates from counters: totals that only rise, until whatever counts them starts anew. Pure."""


class Rates:
    """Remembers the last total of each name."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[float, float]] = {}

    def of(self, name: str, total: float, seconds: float) -> float | None:
        """Rise per second since the last call for this name; `seconds` is of a monotonic clock.

        None for a name not seen before, when no time has passed, and when the total fell: it began
        anew in between.
        """
        before = self._last.get(name)
        self._last[name] = (total, seconds)
        if before is None or seconds <= before[1] or total < before[0]:
            return None
        return (total - before[0]) / (seconds - before[1])
