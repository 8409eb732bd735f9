"""`python -m tests.bench.servers DIR`: the embedded servers alone, as users get them (fsync on)."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.embedded.stack import run, servers
from connectors.instance import connected
from schemas.settings import Settings, child_environment, load

_ROOT = Path(__file__).parents[2]


@contextmanager
def running_servers(directory: Path) -> Iterator[Settings]:
    """Settings that reach fresh servers; they end with the block."""
    ready = directory / "ready"
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "servers.log").open("wb") as log:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.servers", str(directory)],
            cwd=_ROOT,
            env=child_environment(),
            stdout=log,
            stderr=log,
        )
    try:
        while not ready.exists():
            if keeper.poll() is not None:
                raise RuntimeError((directory / "servers.log").read_text())
            time.sleep(0.05)
        yield connected(load(data_dir=directory / "data"))
    finally:
        keeper.terminate()
        keeper.wait()
        ready.unlink(missing_ok=True)


def main() -> None:
    """Runs until SIGTERM."""
    directory = Path(sys.argv[1])
    settings = load(data_dir=directory / "data")
    run(
        settings,
        ready=lambda _reached: (directory / "ready").touch(),
        view=lambda _part, _line: None,
        compose=servers,
    )


if __name__ == "__main__":
    main()
