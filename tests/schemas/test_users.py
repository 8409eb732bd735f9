"""What a password must be, how preferences merge, what the audit log blots out."""

from typing import Any

import pytest
from pydantic import ValidationError

from schemas.audit import REDACTED, redacted
from schemas.documents import LEVELS, plain
from schemas.users import NewUser, check_password, check_preferences, merged


@pytest.mark.parametrize("password", ["", "1234567", "password", "12345678", "x" * 1025])
def test_passwords_that_are_none(password: str) -> None:
    with pytest.raises(ValueError, match="password"):
        check_password(password)


@pytest.mark.parametrize("password", ["8 signs!", "пароль из слов", "ab cd ef" * 128])
def test_passwords_that_will_do(password: str) -> None:
    assert check_password(password) == password


def test_who_says_nothing_of_a_role_gets_the_least() -> None:
    assert NewUser(username="a", password="8 signs!").role == "viewer"
    with pytest.raises(ValidationError):
        NewUser(username="../a", password="8 signs!")


@pytest.mark.parametrize(
    ("old", "change", "new"),
    [  # RFC 7396, appendix A, as far as both are objects
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
    ids=str,
)
def test_preferences_merge_as_in_rfc_7396(
    old: dict[str, Any], change: dict[str, Any], new: dict[str, Any]
) -> None:
    assert merged(old, change) == new


def test_secrets_are_blotted_out_at_any_depth() -> None:
    document = {
        "name": "shop",
        "key": "fk_1",
        "api_key": "fk_2",
        "password": "p",
        "keys": [{"token": "t", "id": 1}],
        "headers": {"Authorization": "Bearer x", "Cookie": "y", "Accept": "z"},
        "client_secret": None,
        "monkey": "no key",
    }
    assert redacted(document) == {
        "name": "shop",
        "key": REDACTED,
        "api_key": REDACTED,
        "password": REDACTED,
        "keys": [{"token": REDACTED, "id": 1}],
        "headers": {"Authorization": REDACTED, "Cookie": REDACTED, "Accept": "z"},
        "client_secret": None,
        "monkey": "no key",
    }


def test_an_entry_does_not_grow_without_end() -> None:
    assert redacted({"text": "x" * 100_000}) == {"left_out": "100012 bytes"}


def test_what_postgres_does_not_keep_is_replaced() -> None:
    found = plain({"a\x00": ["\ud800", float("nan"), float("inf"), 1.5, True, None]})
    assert found == {"a␀": ["?", None, None, 1.5, True, None]}
    deep: Any = 1
    for _ in range(LEVELS):
        deep = [deep]
    assert plain(deep) == deep
    with pytest.raises(ValueError, match="nested"):
        plain([deep])


def test_preferences_that_may_be_kept_may_be_written_down() -> None:
    """As a part of an account, in the audit log: it takes no more levels than a table does."""
    preferences: dict[str, Any] = {}
    while True:
        deeper = {"a": preferences}
        try:
            check_preferences(deeper)
        except ValueError:
            break
        preferences = deeper
    assert redacted({"name": "a", "preferences": preferences})["preferences"] == preferences
