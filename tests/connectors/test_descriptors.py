"""A process takes the files that it may have, and keeps some of them for all else."""

import resource
from collections.abc import Iterator

import pytest

from connectors.descriptors import allow_many, room_for_files


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_what_the_machine_allows_is_taken_and_never_less() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    assert room_for_files() == 128
    allow_many()
    soft, same = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert (soft, same) == (65_536 if hard < 0 else min(hard, 65_536), hard)
    allow_many()
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (soft, hard)
    assert room_for_files() >= soft // 2
