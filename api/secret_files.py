"""Secrets that a person may set, and that are made at the first start where nobody has."""

import secrets
from pathlib import Path

from pydantic import SecretStr

from connectors.embedded.atomic import make_private_once
from connectors.instance import key_file, key_secret_file, ui_secret_file
from schemas.errors import UserError
from schemas.settings import Settings, environment_name


def with_secrets(settings: Settings) -> Settings:
    """The settings with every secret that the API needs. Raises UserError naming the file."""
    files = {
        "api_key": key_file(settings.data_dir),
        "api_key_secret": key_secret_file(settings.data_dir),
        "ui_service_secret": ui_secret_file(settings.data_dir),
    }
    found = {name: SecretStr(_secret(settings, name, file)) for name, file in files.items()}
    return settings.model_copy(update=found)


def _secret(settings: Settings, name: str, file: Path) -> str:
    """The setting, else the file's text; the file is made when there is none."""
    secret: str = getattr(settings, name).get_secret_value()
    if secret:
        return secret
    try:
        if not file.exists():
            make_private_once(file, secrets.token_urlsafe(32) + "\n")
        secret = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        variable = environment_name(name)
        raise UserError(f"{file}: {error}", f"set {variable}, or make the file readable") from error
    if not secret:
        raise UserError(f"{file} is empty", "delete it, and a new one is made")
    return secret
