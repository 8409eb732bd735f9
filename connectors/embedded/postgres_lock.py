"""The lock file of a Postgres that was killed: waited for while its process lingers, else removed.

Postgres refuses to start while the pid in `postmaster.pid` exists, be it a zombie that nobody has
collected yet, or a stranger that was given the pid after a restart of the machine.
"""

import time
from pathlib import Path

import psutil

_PATIENCE_SECONDS = 20.0
_POLL_SECONDS = 0.05


def free_lock(data: Path) -> None:
    """Returns when the pid in the lock file is no hindrance any more, or after 20 s.

    Only a file that names a stranger is removed; what belongs to a Postgres is left to Postgres,
    which looks for survivors itself.
    """
    lock = data / "postmaster.pid"
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until:
        try:
            process = psutil.Process(int(lock.read_text().splitlines()[0]))
            if process.status() != psutil.STATUS_ZOMBIE and process.name() != "postgres":
                lock.unlink()
                return
        except (FileNotFoundError, psutil.NoSuchProcess, ValueError, IndexError):
            return
        time.sleep(_POLL_SECONDS)
