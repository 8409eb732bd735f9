"""In which order two logs are taken, so that a replay takes them in the same one.

Signals and commands lie on two topics, and which came first decides what an alert becomes. So
before a command is decided it is written down behind which signal; until a checkpoint holds its
effects, a worker that starts again lets each wait for its turn.
"""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(dict[int, int])


class Place(NamedTuple):
    """Of a log, at the start: the offset to go on from, and the one that its next record gets."""

    begin: int
    end: int


class Turns:
    """`written`: of a command the first signal that comes after it; offsets all.

    A command that is not written waits for all signals that there were at the start: whoever sent
    it may have seen what they made before the worker died. What a log holds no more, because it
    began anew, is waited for by nobody.
    """

    def __init__(self, written: bytes | None, signals: Place, commands: Place) -> None:
        self._signals, self._commands = signals.begin, commands.begin
        self._known_signals = signals.end
        found: Mapping[int, int] = _decoder.decode(written) if written else {}
        self._written = {
            command: min(at, signals.end)
            for command, at in found.items()
            if commands.begin <= command < commands.end
        }

    def signal_waits(self, offset: int) -> bool:
        """Whether a command that comes before this signal was not decided yet.

        All signals below are done: there is one order a log.
        """
        self._signals = max(self._signals, offset)
        return any(
            at <= offset for command, at in self._written.items() if command >= self._commands
        )

    def command_waits(self, offset: int) -> bool:
        """Whether signals that come before this command were not taken yet.

        Below one that is written all are decided, and a checkpoint holds those that are not written
        any more: nothing is left to wait for, and a signal may be waiting for the written one.
        """
        self._commands = max(self._commands, offset)
        if offset in self._written:
            return self._signals < self._written[offset]
        return offset > max(self._written, default=-1) and self._signals < self._known_signals

    def signal_done(self, offset: int) -> None:
        """The signal was taken."""
        self._signals = max(self._signals, offset + 1)

    def command_done(self, offset: int) -> None:
        """The command was decided."""
        self._commands = max(self._commands, offset + 1)

    def write(self, offset: int, settled: int) -> bytes | None:
        """What has to be durable before the command is decided; None: it is already.

        Commands below `settled` never wait for their turn again.
        """
        if offset in self._written:
            return None
        self._written[offset] = self._signals
        self._written = {one: at for one, at in self._written.items() if one >= settled}
        return _encoder.encode(self._written)
