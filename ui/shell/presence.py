"""Whether a tab takes what it gets: one that is frozen, or closed, does not answer.

Nobody says which of the two it is: tabs share one websocket, which ends with the last of them, and
what is written goes into a queue without an end.
"""

import time
from typing import Any, Final

ASK_SECONDS: Final = 60.0
ASK_MESSAGES: Final = 64  # no more are on their way to a tab that does not keep up
AWAY_SECONDS: Final = 10.0  # between two questions to a tab that did not answer
PATIENCE_SECONDS: Final = 10.0
GONE_SECONDS: Final = 3_600.0


class Presence:
    """That of one tab: it `is_here` while it answers, and `is_gone` after an hour without."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self._asked_at = time.monotonic()
        self._unasked = 0
        self._away_at: float | None = None

    @property
    def is_here(self) -> bool:
        """Whether to write to it."""
        return self._away_at is None

    @property
    def is_gone(self) -> bool:
        """Whether it was closed, as far as one can tell."""
        return self._away_at is not None and time.monotonic() - self._away_at >= GONE_SECONDS

    def write(self, name: str, data: Any) -> None:
        """Sets a store of the tab."""
        self._unasked += 1
        self._socket.set_prop_sync(name, "data", data)

    async def came_back(self) -> bool:
        """Asks the tab when it is time; whether it answers after it did not.

        Raises WebsocketDisconnected.
        """
        wait = ASK_SECONDS if self.is_here else AWAY_SECONDS
        if time.monotonic() - self._asked_at < wait and self._unasked < ASK_MESSAGES:
            return False
        was_here = self.is_here
        try:
            await self._socket.get_prop("shell", "id", timeout=PATIENCE_SECONDS)
            self._away_at = None
        except TimeoutError:
            self._away_at = time.monotonic() if was_here else self._away_at
        self._asked_at, self._unasked = time.monotonic(), 0
        return self.is_here and not was_here
