"""What a dead worker was at is known to the next one, record by record or together."""

import os
import subprocess
import sys
from pathlib import Path

from agents.engine.attempts import Attempts

_DIE = """
import os, sys
from pathlib import Path
from agents.engine.attempts import Attempts
attempts = Attempts(Path(sys.argv[1]), 60.0)
attempts.begin("t", 3, int(sys.argv[2]), int(sys.argv[3]))
os._exit(1)
"""


def die_over(folder: Path, first: int, last: int) -> None:
    command = [sys.executable, "-c", _DIE, str(folder), str(first), str(last)]
    subprocess.run(command, check=False, cwd=Path(__file__).parents[3], env={**os.environ})


def test_a_death_over_one_record_counts_against_it(tmp_path: Path) -> None:
    for _ in range(2):
        die_over(tmp_path, 7, 7)
    attempts = Attempts(tmp_path, 60.0)
    assert attempts.failed("t", 3, 7) == 2
    assert attempts.failed("t", 3, 8) == 0
    assert attempts.failed("t", 2, 7) == 0


def test_a_death_over_several_makes_each_of_them_doubtful_and_none_guilty(tmp_path: Path) -> None:
    die_over(tmp_path, 10, 20)
    attempts = Attempts(tmp_path, 60.0)
    assert attempts.failed("t", 3, 10) == 0
    assert attempts.doubtful("t", 3, 20, 300)
    assert attempts.doubtful("t", 3, 0, 10)
    assert not attempts.doubtful("t", 3, 21, 300)
    assert not attempts.doubtful("t", 1, 10, 20)


def test_what_got_through_is_forgotten_and_no_more(tmp_path: Path) -> None:
    die_over(tmp_path, 10, 20)
    die_over(tmp_path, 30, 30)
    attempts = Attempts(tmp_path, 60.0)
    attempts.forget("t", 3, 15)
    assert attempts.doubtful("t", 3, 16, 16)
    attempts.forget("t", 3, 20)
    assert not attempts.doubtful("t", 3, 10, 20)
    assert attempts.failed("t", 3, 30) == 1
    attempts.reload()
    assert not attempts.doubtful("t", 3, 10, 20)
    assert attempts.failed("t", 3, 30) == 1


def test_a_worker_that_ended_well_accuses_nobody(tmp_path: Path) -> None:
    attempts = Attempts(tmp_path, 60.0)
    attempts.begin("t", 0, 1, 5)
    attempts.end()
    again = Attempts(tmp_path, 60.0)
    assert not again.doubtful("t", 0, 1, 5)
