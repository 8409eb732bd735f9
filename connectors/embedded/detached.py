"""Starting and stopping a supervisor that runs in the background, from another process."""

import os
import signal
import subprocess
import sys

from pydantic import BaseModel

from connectors.embedded.directory import Directory, holder, open_directory
from connectors.embedded.processes import identify, wait_gone
from connectors.embedded.supervisor import stop_orphans
from schemas.errors import UserError
from schemas.settings import Settings, as_environment, child_environment

# The longest that an orderly end takes: pollers, agents and servers each use all of their time.
_ORDERLY_SECONDS = 90.0
_HURRIED_SECONDS = 15.0


class Outcome(BaseModel):
    """How a start went; no fault: everything is ready."""

    fault: str = ""
    remedy: str = ""


def start_detached(settings: Settings) -> None:
    """Returns when everything is ready. Raises UserError when it is not; then nothing runs."""
    directory = open_directory(settings.data_dir)
    own = settings.model_copy(update={"data_dir": directory.root})
    with (directory.logs / "supervisor.stderr").open("wb") as errors:
        child = subprocess.Popen(
            [sys.executable, "-m", "connectors.embedded"],
            env=child_environment(**as_environment(own)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,  # it outlives our terminal
        )
    try:
        outcome = _outcome(child, directory)
    except KeyboardInterrupt:
        child.terminate()
        child.wait()
        raise
    if outcome.fault:
        child.wait()
        raise UserError(outcome.fault, outcome.remedy)
    child.returncode = 0  # not ours to wait for any more


def _outcome(child: subprocess.Popen[bytes], directory: Directory) -> Outcome:
    assert child.stdout is not None  # noqa: S101 - piped
    with child.stdout:
        answer = child.stdout.readline()
    if answer:
        return Outcome.model_validate_json(answer)
    return Outcome(
        fault=f"the supervisor ended with {child.wait()} before it was ready",
        remedy=f"see {directory.logs / 'supervisor.stderr'}",
    )


def stop_instance(directory: Directory) -> bool:
    """Stops what runs in a data directory, orphans of a dead supervisor too; False when nothing.

    Returns when all is gone. Raises UserError when the supervisor does not end, or is another
    user's.
    """
    pid = holder(directory)
    supervisor = identify(pid) if pid else None
    if supervisor is None:
        return stop_orphans(directory)
    for patience in (_ORDERLY_SECONDS, _HURRIED_SECONDS):  # asked twice, it kills
        _ask_to_end(supervisor.pid)
        if wait_gone([supervisor], patience):
            stop_orphans(directory)
            return True
    raise UserError(f"the supervisor (pid {supervisor.pid}) does not end", f"kill {supervisor.pid}")


def _ask_to_end(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return
    except PermissionError as error:
        raise UserError(
            f"the supervisor (pid {pid}) belongs to another user", "run this as that user"
        ) from error
