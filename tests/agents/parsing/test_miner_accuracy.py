"""Accuracy on labelled LogHub-2k systems, where they are at hand; one configuration for all.

Grouping accuracy (share of lines whose group is exactly the true one) and its F1 over groups, FGA,
as defined by Khan et al., ICSE 2022 and Jiang et al., ISSTA 2024. The sets are at
https://github.com/logpai/loghub; FORESHOCK_BENCH_DATA names the folder that holds loghub2k.
"""

import csv
import os
import re
from collections import defaultdict
from collections.abc import Hashable, Sequence
from pathlib import Path
from statistics import mean

import pytest

from agents.parsing.miner import new_miner

DATA = Path(
    os.environ.get("FORESHOCK_BENCH_DATA", Path(__file__).resolve().parents[3] / "../shared/data")
)
SYSTEMS = sorted(DATA.glob("loghub2k/*/*_structured_corrected.csv"))

pytestmark = pytest.mark.skipif(not SYSTEMS, reason=f"no loghub2k in {DATA}")


def groups(labels: Sequence[Hashable]) -> set[tuple[int, ...]]:
    places: dict[Hashable, list[int]] = defaultdict(list)
    for place, label in enumerate(labels):
        places[label].append(place)
    return {tuple(group) for group in places.values()}


def ga_and_fga(true: Sequence[Hashable], mined: Sequence[Hashable]) -> tuple[float, float]:
    wanted, found = groups(true), groups(mined)
    right = wanted & found
    return sum(map(len, right)) / len(true), 2 * len(right) / (len(wanted) + len(found))


def lines_and_truth(path: Path) -> tuple[list[str], list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["Content"] for row in rows], [row["EventTemplate"] for row in rows]


def test_grouping_reaches_its_floors() -> None:
    scores = []
    for path in SYSTEMS:
        lines, truth = lines_and_truth(path)
        miner = new_miner()
        uids = miner.add_many(lines)
        scores.append(ga_and_fga(truth, [miner.root(uid) for uid in uids]))
    assert mean(ga for ga, _ in scores) >= 0.92
    assert mean(fga for _, fga in scores) >= 0.95


def test_groups_known_at_parse_time_are_nearly_the_final_ones() -> None:
    online, final = [], []
    for path in SYSTEMS:
        lines, truth = lines_and_truth(path)
        miner = new_miner()
        uids = [miner.add(line) for line in lines[:500]]
        early = []
        for line in lines[500:]:
            uids.append(miner.add(line))
            early.append(re.sub("<[A-Z0-9]+>", "<*>", miner.template(uids[-1])))
        late = [miner.root(uid) for uid in uids[500:]]
        online.append(ga_and_fga(truth[500:], early)[1])
        final.append(ga_and_fga(truth[500:], late)[1])
    assert mean(online) >= 0.95 * mean(final)
