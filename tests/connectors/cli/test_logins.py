"""What a newcomer is told of the first login: the password only here, and only once."""

import os
from pathlib import Path

import pytest

from connectors.cli.logins import first_words, how_to_log_in
from connectors.embedded.atomic import write_private
from connectors.first_admin import FirstLogin, forget_login, login_file
from schemas.settings import Settings, load

_MADE = 1_000.0


def settings_with_login(data_dir: Path, api_host: str = "127.0.0.1") -> Settings:
    login = FirstLogin(username="admin", password="made-up-word")
    write_private(login_file(data_dir), login.model_dump_json())
    os.utime(login_file(data_dir), (_MADE, _MADE))
    return load(data_dir=data_dir, api_host=api_host, _env_file=None)


def test_the_password_is_shown_at_the_first_start_alone(tmp_path: Path) -> None:
    settings = settings_with_login(tmp_path)
    assert "made-up-word" in first_words(settings, _MADE - 1)
    again = first_words(settings, _MADE + 1)
    assert again == f"log in as admin with the password in {login_file(tmp_path)}"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.9.9.9"])
def test_on_loopback_it_is_shown(tmp_path: Path, host: str) -> None:
    assert "made-up-word" in how_to_log_in(settings_with_login(tmp_path, host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "example.org"])
def test_where_others_reach_the_api_it_is_not(tmp_path: Path, host: str) -> None:
    settings = settings_with_login(tmp_path, host)
    for said in (how_to_log_in(settings), first_words(settings, _MADE - 1)):
        assert "made-up-word" not in said
        assert str(login_file(tmp_path)) in said


def test_after_a_change_nothing_is_said(tmp_path: Path) -> None:
    settings = settings_with_login(tmp_path)
    forget_login(tmp_path, "somebody-else")
    assert how_to_log_in(settings)
    forget_login(tmp_path, "ADMIN")
    assert how_to_log_in(settings) == ""
    assert not login_file(tmp_path).exists()
