"""Records of the topics of signals, alerts, commands and results, read strictly."""

import math
from datetime import datetime
from typing import Final

from pydantic import ValidationError

from schemas.alerts import Alert
from schemas.commands import Command, CommandResult
from schemas.errors import InvalidEvent
from schemas.signals import CLOCK, Signal

_YEARS: Final = range(1970, 2200)  # where every clock and database of ours can follow


def decode_signal(value: bytes) -> Signal | None:
    """None for a minute of the clock.

    Raises InvalidEvent for what is no signal, or has numbers or times that mean nothing.
    """
    if value == CLOCK:
        return None
    try:
        signal = Signal.model_validate_json(value)
    except ValidationError as error:
        raise InvalidEvent("undecodable", str(error)) from error
    base = signal.baseline
    numbers = [signal.score, signal.value or 0.0]
    numbers += [base.mean, base.std, base.low, base.high] if base else []
    if not all(map(math.isfinite, numbers)):
        raise InvalidEvent("not_a_number", signal.id)
    _check_version(signal.version)
    _check_times(signal.onset, signal.at)
    return signal


def decode_alert(value: bytes) -> Alert:
    """Raises InvalidEvent for what is no alert, or could not be read again once it is stored."""
    try:
        alert = Alert.model_validate_json(value)
        Alert.model_validate_json(alert.model_dump_json())  # a NaN is written as null
    except ValidationError as error:
        raise InvalidEvent("undecodable", str(error)) from error
    _check_version(alert.version)
    _check_times(alert.first_seen, alert.last_seen, alert.resolved_at or alert.last_seen)
    return alert


def decode_command(value: bytes) -> Command:
    """Raises InvalidEvent for what is no command, or lacks what its kind needs."""
    try:
        command = Command.model_validate_json(value)
    except ValidationError as error:
        raise InvalidEvent("undecodable", str(error)) from error
    if command.kind == "create" and command.alert is None:
        raise InvalidEvent("incomplete", "create has no alert")
    _check_times(command.at)
    for target in command.targets:
        if target.alert is not None and target.alert.id != target.id:
            raise InvalidEvent("contradiction", f"{target.id} comes with {target.alert.id}")
    return command


def decode_result(value: bytes) -> CommandResult:
    """Raises InvalidEvent for what is no result."""
    try:
        return CommandResult.model_validate_json(value)
    except ValidationError as error:
        raise InvalidEvent("undecodable", str(error)) from error


def _check_version(version: int) -> None:
    if not 1 <= version < 2**31:
        raise InvalidEvent("impossible_version", str(version))


def _check_times(*times: datetime) -> None:
    if not all(time.year in _YEARS for time in times):
        raise InvalidEvent("impossible_time", ", ".join(map(str, times)))
