"""How a newcomer logs in: said on this machine, where only its owner reads along."""

from ipaddress import ip_address

from connectors.first_admin import first_login, login_file
from schemas.display import shown
from schemas.settings import Settings


def first_words(settings: Settings, started: float) -> str:
    """As `how_to_log_in`; the password itself only when it was made after `started` (Unix)."""
    file = login_file(settings.data_dir)
    return how_to_log_in(settings, password=file.exists() and file.stat().st_mtime >= started)


def how_to_log_in(settings: Settings, *, password: bool = True) -> str:
    """User and password, or the file that holds it; "" where no password was made here.

    An API that others reach gets the file alone: what a terminal showed is in logs and recordings.
    """
    login = first_login(settings.data_dir)
    if login is None:
        return ""
    file = login_file(settings.data_dir)
    if password and is_loopback(settings.api_host):
        said = f"log in as {login.username} with the password {login.password}"
        return shown(f"{said} (kept in {file} until you change it)")
    return shown(f"log in as {login.username} with the password in {file}")


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that listens there."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
