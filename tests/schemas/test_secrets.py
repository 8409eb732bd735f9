"""What is no secret: placeholders, short ones, and where that matters."""

import pytest

from schemas.errors import UserError
from schemas.secrets import is_careless, is_placeholder, secret_fault
from schemas.settings import GUARDED, environment_name, load

GOOD = "9f2c1d7ab04e5568b2d3aa71c4e0f9d6"
PLACEHOLDERS = [
    "change-me-in-production",
    "changeme",
    "CHANGE_ME",
    "your-secret-key",
    "<your secret here>",
    "secret",
    "supersecretkey",
    "my_jwt_secret",
    "password",
    "Password123",
    "12345678",
    "example",
    "xxxxxxxx",
    "replace-this-with-a-long-random-string-of-letters",
    "default-secret-key",
    " ",
]


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_what_everybody_knows_is_a_placeholder(text: str) -> None:
    assert is_placeholder(text)
    assert "placeholder" in secret_fault(text, 8)


@pytest.mark.parametrize(
    "text", [GOOD, "correct horse battery staple", "a quiet afternoon by the sea", "Tr0ub4dor&3"]
)
def test_what_nobody_would_guess_is_none(text: str) -> None:
    assert not is_placeholder(text)
    assert secret_fault(text, 8) == ""


def test_short_and_repetitive_secrets_are_named() -> None:
    assert "shorter than 32" in secret_fault("Tr0ub4dor&3", 32)
    assert "repeats" in secret_fault("abababababababababababababababab", 32)


@pytest.mark.parametrize("name", ["development", "Dev", "demo", "test", "local"])
def test_where_nothing_of_value_is_kept_anything_goes(name: str) -> None:
    assert is_careless(name)
    given = {"jwt_secret_key": "change-me", "bootstrap_admin_password": "password"}
    assert load(environment=name, **given, _env_file=None)


@pytest.mark.parametrize("environment", ["production", "staging", "prod", "", "anything-else"])
@pytest.mark.parametrize("field", GUARDED)
def test_elsewhere_a_placeholder_refuses_to_start(field: str, environment: str) -> None:
    with pytest.raises(UserError, match=f"{environment_name(field)} is") as raised:
        load(environment=environment, _env_file=None, **{field: "change-me-in-production-please"})
    assert raised.value.exit_code == 2
    assert "change-me" not in str(raised.value)
    load(environment=environment, _env_file=None, **{field: GOOD})


@pytest.mark.parametrize("field", GUARDED)
def test_a_secret_that_is_not_set_is_made_and_so_is_no_fault(field: str) -> None:
    assert load(environment="production", _env_file=None, **{field: ""})
