"""A dead letter holds what its topic takes, and says where that is not all."""

import pytest
from faust.types import TP

from agents.engine.deadletters import dead_record
from schemas import headers
from schemas.errors import InvalidEvent
from schemas.topics import DLQ

_MIB = 1024 * 1024
_MOST = (DLQ.max_record_mib - 1) * _MIB


@pytest.mark.parametrize(
    ("size", "said"),
    [(_MOST, "why"), (_MOST + 1, f"why (the first {_MOST} of {_MOST + 1} bytes)")],
)
def test_what_is_cut_is_said(size: int, said: str) -> None:
    error = InvalidEvent("oversized", "why")
    letter = dead_record("dlq", (TP("log.entries", 0), 7), b"x" * size, "persist", error)
    assert letter.value is not None
    assert len(letter.value) == min(size, _MOST) < DLQ.max_record_mib * _MIB
    assert headers.text(letter.headers, headers.DEAD_DETAIL) == said
