"""`python -m tests.bench`: measures, one JSON line a figure, baselines from the same run."""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from schemas.settings import Settings
from tests.bench import (
    alerts,
    demo,
    detect,
    end_to_end,
    fuzzing,
    history,
    hostile,
    http,
    lists,
    live,
    memory,
    one_line,
    pages,
    parse_alone,
    points,
    startup,
    uploads,
)
from tests.bench.measuring import machine, report
from tests.bench.servers import running_servers

_DATA = Path(__file__).parents[3] / "shared" / "data" / "loghub2k"
# Without servers, then those on the servers of one run.
_ALONE: Final[dict[str, Callable[[argparse.Namespace], None]]] = {
    "parse_alone": lambda wanted: parse_alone.run(wanted.data),
    "detect": lambda _wanted: detect.run(),
}
_ON_SERVERS: Final[dict[str, Callable[[Settings, argparse.Namespace], None]]] = {
    "end_to_end": lambda s, wanted: end_to_end.run(s, wanted.data, wanted.lines),
    "one_line": lambda s, wanted: one_line.run(s, wanted.records),
    "hostile": lambda s, wanted: hostile.run(s, wanted.hostile),
    "history": lambda s, _wanted: history.run(s),
    "points": lambda s, _wanted: points.run(s),
    "alerts": lambda s, _wanted: alerts.run(s),
    "http": lambda s, _wanted: http.run(s),
    "live": lambda s, _wanted: live.run(s),
    "lists": lambda s, _wanted: lists.run(s),
    "pages": lambda s, _wanted: pages.run(s),
    "uploads": lambda s, _wanted: uploads.run(s),
    "memory": lambda s, wanted: memory.run(s, wanted.minutes),
    "fuzzing": lambda s, _wanted: fuzzing.run(s),
}
# Each starts servers of its own, below a directory that it makes.
_ON_THEIR_OWN: Final[dict[str, Callable[[Path], None]]] = {
    "startup": startup.run,
    "demo": demo.run,
}


def main() -> None:
    """Every measurement, or the one that is named."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    wanted = _arguments()
    report("machine", **machine())
    names = [wanted.only] if wanted.only else [*_ALONE, *_ON_THEIR_OWN, *_ON_SERVERS]
    for name in [name for name in names if name in _ALONE]:
        _ALONE[name](wanted)
    with tempfile.TemporaryDirectory(prefix="foreshock-bench-") as path:
        directory = Path(path)
        directory.chmod(0o755)
        for name in [name for name in names if name in _ON_THEIR_OWN]:
            _ON_THEIR_OWN[name](directory / name)
            shutil.rmtree(directory / name, ignore_errors=True)
        on_servers = [name for name in names if name in _ON_SERVERS]
        if on_servers:
            with running_servers(directory / "servers") as settings:
                for name in on_servers:
                    _ON_SERVERS[name](settings, wanted)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--lines", type=int, default=10_000_000, help="of the end-to-end stream")
    parser.add_argument("--records", type=int, default=300_000, help="of one line each")
    parser.add_argument("--hostile", type=int, default=200_000, help="lines of the hostile run")
    parser.add_argument("--minutes", type=float, default=30, help="of live updates to a browser")
    parser.add_argument("--data", type=Path, default=_DATA, help="folder of LogHub-2k systems")
    parser.add_argument("--only", choices=(*_ALONE, *_ON_THEIR_OWN, *_ON_SERVERS))
    return parser.parse_args()


if __name__ == "__main__":
    main()
