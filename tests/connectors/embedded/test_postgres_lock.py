"""A lock file that a killed Postgres left behind does not keep the next one from starting."""

import os
import subprocess
import sys
import threading
from pathlib import Path

from connectors.embedded.postgres_lock import free_lock


def test_a_lock_that_names_a_stranger_is_removed(tmp_path: Path) -> None:
    lock = tmp_path / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{tmp_path}\n")
    free_lock(tmp_path)
    assert not lock.exists()


def test_a_zombie_is_waited_for_and_its_lock_is_left_to_postgres(tmp_path: Path) -> None:
    zombie = subprocess.Popen([sys.executable, "-c", "pass"])
    lock = tmp_path / "postmaster.pid"
    lock.write_text(f"{zombie.pid}\n")
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
    threading.Timer(0.3, zombie.wait).start()
    free_lock(tmp_path)
    assert zombie.returncode == 0
    assert lock.exists()


def test_no_lock_and_a_broken_one_are_no_hindrance(tmp_path: Path) -> None:
    free_lock(tmp_path)
    (tmp_path / "postmaster.pid").write_text("")
    free_lock(tmp_path)
