"""What the options before the subcommand decided; every command reads its settings from here."""

from pathlib import Path

from schemas.settings import Settings, load

_overrides: dict[str, Path] = {}


def use_data(data: Path | None) -> None:
    """Remember `--data DIR`, which wins over FORESHOCK_DATA."""
    _overrides.clear()
    if data is not None:
        _overrides["data_dir"] = data


def settings() -> Settings:
    """Raises UserError (exit code 2) naming every wrong option."""
    return load(**_overrides)
