"""What the options before the subcommand decided; every command reads its settings from here."""

from pathlib import Path

from connectors import instance
from connectors.reaching import reach_named, reach_postgres
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


def connected(*, broker: bool = True) -> Settings:
    """The settings with the addresses of the servers, each one outside asked whether it lets us in;
    without `broker` Kafka is not, for commands that do not need it.

    Raises UserError when it does not, or when an address is missing and no instance runs.
    """
    chosen = settings()
    if broker:
        reach_named(chosen)
    elif chosen.database_url.get_secret_value():
        reach_postgres(chosen)
    return instance.connected(chosen)
