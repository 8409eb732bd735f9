"""The detector alone: microseconds a point by size of batch, beside a z-score over 24 hours.

The z-score is what a first version would do: mean and deviation of the points of the last day by
numpy, anew at each point, with the history in memory.
"""

import time
from typing import Final

import numpy as np

from agents.detection.bank import Bank
from agents.detection.watching import Episodes
from tests.bench.measuring import report

HOSTS: Final = 1_000
METRICS: Final = 10
BATCHES: Final = (1, 10, 100, 1_000, HOSTS * METRICS)
POINTS: Final = 200_000  # of each measurement, at most
START: Final = 1_700_000_000.0
MINUTE: Final = 60.0
MINUTES_A_DAY: Final = 1_440


def microseconds(batch: int, points: int) -> float:
    """Of processor time a point, verdicts included; series of noise that come once a minute."""
    bank, episodes = Bank(), Episodes()
    series = np.array([bank.reserve() for _ in range(batch)])
    rounds = max(2, min(points // batch, 2_000))
    values = np.random.default_rng(7).normal(50.0, 4.0, (rounds, batch))
    times = np.full(batch, START)
    began = time.process_time()
    for row in values:
        times = times + MINUTE
        episodes.follow(series, times, row, bank.update(series, times, row))
    return (time.process_time() - began) / (rounds * batch) * 1e6


def day_of_numpy(points: int) -> float:
    """Microseconds a point of a z-score over the last day, one series."""
    history = np.random.default_rng(7).normal(50.0, 4.0, points + MINUTES_A_DAY)
    scores = np.zeros(points)
    began = time.process_time()
    for place in range(points):
        day = history[place : place + MINUTES_A_DAY]
        scores[place] = abs(history[place + MINUTES_A_DAY] - day.mean()) / day.std()
    return (time.process_time() - began) / points * 1e6


def run() -> None:
    """One line: cost by size of batch, its ratio to numpy's, and a fleet's speed."""
    cost = {batch: microseconds(batch, POINTS) for batch in BATCHES}
    numpy_day = day_of_numpy(POINTS // 10)
    fleet = cost[HOSTS * METRICS]
    report(
        "detect",
        microseconds_a_point={str(batch): round(spent, 2) for batch, spent in cost.items()},
        z_over_24_hours=round(numpy_day, 2),
        ratio=round(numpy_day / fleet, 1),
        fleet=f"{HOSTS} hosts x {METRICS} metrics x 1/min",
        times_real_time=round(MINUTE / (HOSTS * METRICS * fleet / 1e6)),
    )
