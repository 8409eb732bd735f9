"""What a key may do, and that no key stands in what is kept."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas import keys
from schemas.keys import BLOT, Key, KeyState, KeyWish, new_key


@pytest.mark.parametrize(
    ("sources", "source", "covered"),
    [
        (None, "anything", True),
        (["shop"], "shop", True),
        (["shop"], "shop2", False),
        (["a", "hosts/*"], "hosts/web-1", True),
        (["hosts/*"], "hosts", False),
        (["h*st"], "host", False),
        (["*"], "anything", True),
    ],
)
def test_sources_of_a_key(sources: list[str] | None, source: str, covered: bool) -> None:
    assert keys.covers(sources, source) is covered


@given(before=st.text(alphabet=" :/=\n", max_size=5), after=st.sampled_from(["", " ", '"', "\n"]))
def test_a_key_is_blotted_out_wherever_it_stands(before: str, after: str) -> None:
    key = new_key()
    text = f"{before}{key}{after}"
    assert keys.is_key(key)
    assert keys.without_keys(text) == f"{before}{BLOT}{after}"
    assert keys.holds_key(text, "another")
    assert keys.body_without_keys(text.encode(), "") == f"{before}{BLOT}{after}".encode()


def test_the_presented_key_is_blotted_out_whatever_its_shape() -> None:
    own = "a long key of the instance"
    assert keys.body_without_keys(f"key={own}\nx".encode(), own) == b"key=***\nx"
    assert keys.holds_key(own, own)
    assert keys.body_without_keys(b"a dev box", "dev") == b"a dev box"
    assert not keys.holds_key("dev", "dev")


def test_what_only_begins_like_a_key_stays() -> None:
    for text in ("fsk_", "fsk_short", f"{new_key()}x", "task_list"):
        assert keys.without_keys(text) == text


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "a\nb"},
        {"name": "a", "sources": []},
        {"name": "a", "sources": [" a"]},
        {"name": "a", "sources": ["x" * 201]},
        {"name": "a", "endpoints": ["elsewhere"]},
        {"name": "a", "expires_at": "2020-01-01T00:00:00Z"},
        {"name": "a", "expires_at": "2090-01-01T00:00:00"},
        {"name": "a", "unknown": 1},
    ],
)
def test_a_wish_that_makes_no_sense(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        KeyWish.model_validate(wrong)


@pytest.mark.parametrize(
    ("expires", "revoked", "state"),
    [
        (None, None, KeyState.ACTIVE),
        (1, None, KeyState.ACTIVE),
        (-1, None, KeyState.EXPIRED),
        (-1, -1, KeyState.REVOKED),
    ],
)
def test_the_state_of_a_key(expires: int | None, revoked: int | None, state: KeyState) -> None:
    now = datetime.now(UTC)

    def at(hours: int | None) -> datetime | None:
        return None if hours is None else now + timedelta(hours=hours)

    shown = Key(
        id="a",
        name="a",
        starts_with="fsk_abcd",
        sources=None,
        endpoints=None,
        created_by="me",
        created_at=now,
        expires_at=at(expires),
        last_used_at=None,
        revoked_at=at(revoked),
    )
    assert shown.state is state
