"""How many files this process may hold open; services and shells start with 1,024 of them."""

import resource
from typing import Final

_MOST: Final = 65_536  # where there is no limit, libraries would make tables of its size
_OTHERS: Final = 200  # connections, logs and the book, besides followed files


def allow_many() -> None:
    """Takes as many as the machine lets this process have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST if hard == resource.RLIM_INFINITY else min(hard, _MOST)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def room_for_files() -> int:
    """How many files may be held open for a long time, so that enough is left for all else."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MOST if soft == resource.RLIM_INFINITY else soft
    return max(most - _OTHERS, most // 2)
