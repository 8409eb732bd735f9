"""How long to wait before a dead part is started again. Decisions only; the clock is an argument.

A part that dies now and then comes back at once, one that keeps dying is tried less and less, and
one that lived for a minute has a clean slate.
"""

from dataclasses import dataclass
from typing import Final

HEALTHY_SECONDS: Final = 60.0
FIRST_DELAY_SECONDS: Final = 0.25
LONGEST_DELAY_SECONDS: Final = 5.0
SLOW_DELAY_SECONDS: Final = 60.0
DEATHS_A_MINUTE: Final = 5


@dataclass(frozen=True)
class Deaths:
    """The deaths of one part since its last healthy minute; `recent` holds those of a minute."""

    count: int = 0
    recent: tuple[float, ...] = ()
    slow: bool = False

    def after(self, *, now: float, lived: float) -> "Deaths":
        """With one more death at `now`, of a process that lived so long (seconds)."""
        before = Deaths() if lived >= HEALTHY_SECONDS else self
        recent = (*(t for t in before.recent if now - t < 60.0), now)
        slow = before.slow or len(recent) >= DEATHS_A_MINUTE
        return Deaths(before.count + 1, recent, slow)

    @property
    def delay(self) -> float:
        """Seconds from the last death to the next start."""
        if self.slow:
            return SLOW_DELAY_SECONDS
        return min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2.0 ** (self.count - 1))
