"""Which process is which, and how it ends: a pid alone may have been given to another process."""

import contextlib
import ctypes
import functools
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import psutil
from pydantic import BaseModel, ConfigDict

# Readings of a start time differ by the rounding of the clock's own start.
_TOLERANCE_SECONDS = 1.5
_PR_SET_PDEATHSIG = 1
_SIGKILL = int(signal.SIGKILL)  # nothing is looked up between fork and exec
_POLL_SECONDS = 0.05
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")  # Linux alone


class Identity(BaseModel):
    """A pid and when it was started, in seconds since this machine was; `boot` names that start,
    where the system gives it a name.
    """

    model_config = ConfigDict(frozen=True)

    pid: int
    started: float
    boot: str = ""


def identify(pid: int) -> Identity | None:
    """None when there is no such process, or only its remains."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        # Seconds since boot stay true when the clock of the machine is set.
        started = process.create_time() - psutil.boot_time()
        return Identity(pid=pid, started=started, boot=_boot())
    except psutil.NoSuchProcess:
        return None


def is_alive(identity: Identity) -> bool:
    """Whether this very process runs, not another one with its pid."""
    found = identify(identity.pid)
    if found is None or _is_of_another_boot(identity):
        return False
    return abs(found.started - identity.started) < _TOLERANCE_SECONDS


def _is_of_another_boot(identity: Identity) -> bool:
    """After each start of the machine pids begin anew, and so do the seconds."""
    return bool(identity.boot and _boot()) and identity.boot != _boot()


@functools.cache
def _boot() -> str:
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def end(identities: Iterable[Identity], patience_seconds: float) -> bool:
    """Asks processes to end, in this order; kills those that do not. Returns when all are gone.

    True when any of them was alive.
    """
    waiting = [identity for identity in identities if is_alive(identity)]
    for identity in waiting:
        _signal(identity, signal.SIGTERM)
    if not wait_gone(waiting, patience_seconds):
        for identity in filter(is_alive, waiting):
            _signal(identity, signal.SIGKILL)
        wait_gone(waiting, patience_seconds)
    return bool(waiting)


def left_behind(leader: Identity) -> list[Identity]:
    """What a process that led a session has started and not ended, when it is gone itself.

    Its pid is given to nobody else while there is any of them.
    """
    if _is_of_another_boot(leader) or identify(leader.pid):
        return []
    found = (identify(pid) for pid in psutil.pids() if _session_of(pid) == leader.pid)
    return [one for one in found if one and one.started > leader.started - _TOLERANCE_SECONDS]


def _session_of(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return None


def wait_gone(identities: Iterable[Identity], seconds: float) -> bool:
    """Whether all of these processes ended within the time."""
    waiting, deadline = list(identities), time.monotonic() + seconds
    while waiting := [identity for identity in waiting if is_alive(identity)]:
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _signal(identity: Identity, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(identity.pid, number)


def dying_with_parent() -> Callable[[], None] | None:
    """For `preexec_fn`: the kernel kills the child when we die, in whatever way. Linux only.

    It runs after the child gave up its privileges, which would cancel the wish. The wish is bound
    to the thread that starts the child, so that must be one that lives as long as the process.
    """
    if not sys.platform.startswith("linux"):
        return None
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def wish() -> None:
        prctl(_PR_SET_PDEATHSIG, _SIGKILL)
        if os.getppid() != parent:  # died between fork and wish
            os._exit(1)

    return wish
