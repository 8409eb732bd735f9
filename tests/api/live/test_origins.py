"""Which pages may open a WebSocket."""

import pytest

from api.live.origins import may_open


@pytest.mark.parametrize(
    ("origin", "allowed", "may"),
    [
        (None, [], True),
        ("http://here:8000", [], True),
        ("https://here:8000", [], True),
        ("http://here", [], False),
        ("http://here:8000.evil.example", [], False),
        ("https://ops.example", [], False),
        ("https://ops.example", ["https://ops.example"], True),
        ("http://ops.example", ["https://ops.example"], False),
        ("https://anywhere.example", ["*"], True),
        ("null", [], False),
        ("", [], False),
        ("//here:8000", [], False),
        ("http://[::1", [], False),
    ],
)
def test_a_page_of_ours_or_of_a_known_place(
    origin: str | None, allowed: list[str], may: bool
) -> None:
    assert may_open(origin, "here:8000", allowed) is may
