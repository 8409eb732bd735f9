"""The miner alone against Drain3 with five masks, on the same stream in the same run.

Each LogHub-2k system is streamed several times with the digits of its numbers drawn anew. One line
a system and one with the mean; a missing folder or a missing Drain3 is said as such.
"""

import csv
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import mean

from agents.parsing.miner import new_miner
from tests.bench.measuring import report

REPEAT = 20
LINES_A_BATCH = 1_000
MASKS = {
    "ID": r"(?<![A-Za-z0-9])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![A-Za-z0-9])",
    "MAC": r"(?<![A-Za-z0-9])(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}(?![A-Za-z0-9])",
    "IP": r"(?<![A-Za-z0-9])\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?(?![A-Za-z0-9])",
    "HEX": r"(?<![A-Za-z0-9])0[xX][0-9A-Fa-f]+(?![A-Za-z0-9])",
    "NUM": r"(?<![A-Za-z0-9])[-+]?\d+(?![A-Za-z0-9])",
}

Miner = Callable[[Sequence[str]], object]


def streams(data: Path, repeat: int) -> Iterator[tuple[str, list[str]]]:
    """Each system's name and its messages, `repeat` times over."""
    source = random.Random(7)
    for path in sorted(data.glob("*/*_structured_corrected.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            lines = [row["Content"] for row in csv.DictReader(file)]
        yield path.parent.name, [redrawn(line, source) for _ in range(repeat) for line in lines]


def redrawn(line: str, source: random.Random) -> str:
    """The line with new digits in its numbers; words with a digit (ssh2) stay as they are."""

    def draw(match: re.Match[str]) -> str:
        return "".join(source.choice("0123456789") for _ in match.group())

    return re.sub(r"(?<![A-Za-z0-9])[0-9]+|(?<=_)[0-9]+", draw, line)


def drain3_miner() -> Miner | None:
    """Drain3 in its default configuration but for the masks; None when it is not installed."""
    try:
        from drain3 import TemplateMiner
        from drain3.masking import MaskingInstruction
        from drain3.template_miner_config import TemplateMinerConfig
    except ImportError:
        return None
    config = TemplateMinerConfig()
    config.masking_instructions = [MaskingInstruction(form, name) for name, form in MASKS.items()]
    miner = TemplateMiner(config=config)

    def add_many(lines: Sequence[str]) -> None:
        for line in lines:
            miner.add_log_message(line)

    return add_many


def lines_per_second(add_many: Miner, stream: Sequence[str], warm: int) -> float:
    """Of processor time, after `warm` lines that are not counted."""
    add_many(stream[:warm])
    start = time.process_time()
    for first in range(warm, len(stream), LINES_A_BATCH):
        add_many(stream[first : first + LINES_A_BATCH])
    return (len(stream) - warm) / (time.process_time() - start)


def measured(system: str, stream: list[str], lines: int) -> dict[str, str | int]:
    """Lines a second of the miner, cold and warm, and of Drain3 on one repeat of the stream."""
    result: dict[str, str | int] = {
        "system": system,
        "cold": round(lines_per_second(new_miner().add_many, stream[:lines], 0)),
        "warm": round(lines_per_second(new_miner().add_many, stream, lines)),
    }
    drain3 = drain3_miner()
    if drain3 is not None:
        result["drain3"] = round(lines_per_second(drain3, stream[: 2 * lines], lines))
    return result


def run(data: Path) -> None:
    """All systems below `data`, each in one process, one after the other."""
    results = []
    for system, stream in streams(data, REPEAT):
        results.append(measured(system, stream, len(stream) // REPEAT))
        report("parse_alone", **results[-1])
    if not results:
        report("parse_alone", skipped=f"no systems in {data}")
        return
    means = {
        name: round(mean(int(result[name]) for result in results))
        for name in results[0]
        if name != "system"
    }
    if "drain3" in means:
        report("parse_alone", mean=means, ratio=round(means["warm"] / means["drain3"], 1))
    else:
        report("parse_alone", mean=means, drain3="not installed; `make bench` installs it")
