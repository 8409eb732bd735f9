"""A hint that no format answers to is refused, unless others may know it."""

import pytest

from schemas.errors import UserError
from schemas.formats import FORMATS, check_hint


def test_a_known_name_and_none_are_taken() -> None:
    check_hint("")
    for name in FORMATS:
        check_hint(name)


def test_an_unknown_name_is_wrong_use_that_names_what_there_is() -> None:
    with pytest.raises(UserError, match="--format syslog: no such format") as raised:
        check_hint("syslog")
    assert raised.value.exit_code == 2
    assert "did you mean syslog" in raised.value.remedy
    assert all(name in raised.value.remedy for name in FORMATS)


def test_modules_of_their_own_may_have_any_name() -> None:
    check_hint("acme", ["acme_formats"])
