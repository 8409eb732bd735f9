"""`python -m tests.bench`: measures, one JSON line a figure, baselines from the same run."""

import argparse
import shutil
import tempfile
from pathlib import Path

from tests.bench import detect, end_to_end, hostile, one_line, parse_alone, startup
from tests.bench.measuring import machine, report
from tests.bench.servers import running_servers

_NAMES = ("parse_alone", "detect", "startup", "end_to_end", "one_line", "hostile")
_DATA = Path(__file__).parents[3] / "shared" / "data" / "loghub2k"


def main() -> None:
    """Every measurement, or the one that is named."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--lines", type=int, default=10_000_000, help="of the end-to-end stream")
    parser.add_argument("--data", type=Path, default=_DATA, help="folder of LogHub-2k systems")
    parser.add_argument("--only", choices=_NAMES)
    wanted = parser.parse_args()
    report("machine", **machine())
    if wanted.only in (None, "parse_alone"):
        parse_alone.run(wanted.data)
    if wanted.only in (None, "detect"):
        detect.run()
    if wanted.only in ("parse_alone", "detect"):
        return
    with tempfile.TemporaryDirectory(prefix="foreshock-bench-") as name:
        directory = Path(name)
        directory.chmod(0o755)
        if wanted.only in (None, "startup"):
            startup.run(directory / "startup")
            shutil.rmtree(directory / "startup", ignore_errors=True)
        with running_servers(directory / "servers") as settings:
            if wanted.only in (None, "end_to_end"):
                end_to_end.run(settings, wanted.data, wanted.lines)
            if wanted.only in (None, "one_line"):
                one_line.run(settings)
            if wanted.only in (None, "hostile"):
                hostile.run(settings)


if __name__ == "__main__":
    main()
