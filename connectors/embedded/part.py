"""A part of the stack as data: what to run, when it is ready, how it ends."""

import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Account:
    """Another user that a part runs as, when we are root."""

    uid: int
    gid: int

    def process_options(self) -> dict[str, Any]:
        """Keyword arguments of subprocess for a process without any of our privileges."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


@dataclass(frozen=True)
class Part:
    """One process to keep running.

    `probe` asks it something real and says why it is not ready, or "" when it is; what it says
    while the part works off what a crash has left is in `recovering`, and that may take as long as
    it takes. `prepare` blocks; it makes what the first start needs and may raise UserError. Times
    are in seconds.
    """

    name: str
    version: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    port: int
    probe: Callable[[], Awaitable[str]]
    prepare: Callable[[], None] = field(default=lambda: None)
    account: Account | None = None
    ready_seconds: float = 60.0
    recovering: tuple[str, ...] = ()
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 15.0


@dataclass(frozen=True)
class Stage:
    """Parts that start together; `then` runs when all of them are ready, before the next stage."""

    parts: tuple[Part, ...]
    then: Callable[[], Awaitable[None]] | None = None


@dataclass(frozen=True)
class Server:
    """A part that others connect to, and the address they use."""

    part: Part
    address: str
