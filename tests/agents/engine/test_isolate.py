"""The search for the lines that end a worker."""

from typing import Any, cast

import pytest

from agents.engine import isolate
from agents.parsing.record import Record
from schemas.settings import load


class Trials:
    """Instead of child processes: all that hold one of the guilty die."""

    def __init__(self, guilty: set[int]) -> None:
        self.guilty = guilty
        self.count = 0

    async def __call__(self, _record: Record, lines: list[int] | None, _settings: Any) -> bool:
        self.count += 1
        return lines is not None and not self.guilty & set(lines)


class Suspect:
    """What is said of the record."""

    offset, partition = 7, 0


async def search(monkeypatch: pytest.MonkeyPatch, guilty: set[int]) -> tuple[list[int], int]:
    trials = Trials(guilty)
    monkeypatch.setattr(isolate, "harmless", trials)
    settings = load(_env_file=None)
    found = await isolate.guilty_lines(cast(Record, Suspect()), 1000, settings)
    assert found is not None
    return found, trials.count


async def test_few_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    found, trials = await search(monkeypatch, {3, 500, 999})
    assert found == [3, 500, 999]
    assert trials < 80


async def test_of_many_the_rest_is_set_aside_untried(monkeypatch: pytest.MonkeyPatch) -> None:
    found, trials = await search(monkeypatch, set(range(1000)))
    assert found == list(range(1000))
    assert trials < 200
