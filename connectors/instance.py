"""The instance of a data directory: what its supervisor writes, and how others find it."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr, ValidationError

from connectors.embedded.atomic import write_private
from connectors.embedded.processes import Identity, is_alive
from connectors.redis_address import is_named
from schemas.errors import UserError
from schemas.settings import Settings


class PartState(BaseModel):
    """A part as its supervisor last saw it; `reason` says why it is not ready."""

    name: str
    version: str
    port: int
    process: Identity | None = None
    ready: bool = False
    reason: str = "not started yet"
    restarts: int = 0


class Instance(BaseModel):
    """Everything that runs; `api` and `ui` are base URLs, "" where there is none.

    The addresses let others connect, so the file is its owner's alone.
    """

    supervisor: Identity
    kafka: str
    postgres: str
    influxdb: str = ""  # empty where there is none
    influxdb_token: str = ""
    redis: str = ""
    api: str = ""
    ui: str = ""
    parts: list[PartState]

    @property
    def supervised(self) -> bool:
        """Whether its supervisor lives; without it nobody restarts what dies."""
        return is_alive(self.supervisor)


def instance_file(data_dir: Path) -> Path:
    """Where the supervisor of a data directory writes."""
    return data_dir.resolve() / "instance.json"


def write_instance(data_dir: Path, instance: Instance) -> None:
    """Replaces what the file said. Raises OSError when it cannot be written."""
    write_private(instance_file(data_dir), instance.model_dump_json(indent=2) + "\n")


def read_instance(data_dir: Path) -> Instance | None:
    """What the supervisor last wrote, be it alive or not; None when nothing was started here.

    Raises UserError when the file cannot be read.
    """
    file = instance_file(data_dir)
    try:
        return Instance.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise UserError(
            f"cannot read {file}: {error}", "run as the owner of the instance, or delete the file"
        ) from error


def key_file(data_dir: Path) -> Path:
    """Where the key of the API lies, unless API_KEY gives it."""
    return data_dir.resolve() / "api.key"


def key_secret_file(data_dir: Path) -> Path:
    """Where the secret lies under which kept keys are hashed, unless API_KEY_SECRET gives it."""
    return data_dir.resolve() / "keys.secret"


def ui_secret_file(data_dir: Path) -> Path:
    """Where the secret lies by which the API knows the UI, unless UI_SERVICE_SECRET gives it."""
    return data_dir.resolve() / "ui.secret"


def signing_key_file(data_dir: Path) -> Path:
    """Where the key that signs access tokens lies, unless JWT_SECRET_KEY gives it."""
    return data_dir.resolve() / "jwt.key"


def base_url(host: str, port: int) -> str:
    """Of a server on this machine that listens on `host`; one that listens everywhere is also
    on loopback.
    """
    if host in ("0.0.0.0", "::", "localhost", ""):  # noqa: S104 - it is compared, not opened
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def connected(settings: Settings) -> Settings:
    """The settings with the addresses of the running instance, where none are set.

    Raises UserError when an address is missing and no instance runs in the data directory.
    """
    instance = read_instance(settings.data_dir)
    if instance is None or not instance.supervised:
        if settings.kafka_bootstrap_servers and settings.database_url.get_secret_value():
            return settings
        raise UserError(
            f"no instance runs in {settings.data_dir}", "start one: foreshock up --detach"
        )
    return with_addresses(
        settings,
        kafka=instance.kafka,
        postgres=instance.postgres,
        redis=instance.redis,
        influxdb=instance.influxdb,
        influxdb_token=instance.influxdb_token,
    )


def with_addresses(
    settings: Settings,
    *,
    kafka: str,
    postgres: str,
    redis: str = "",
    influxdb: str = "",
    influxdb_token: str = "",
) -> Settings:
    """The settings with these addresses, where none are set."""
    update: dict[str, Any] = {
        "kafka_bootstrap_servers": settings.kafka_bootstrap_servers or kafka,
        "database_url": settings.database_url
        if settings.database_url.get_secret_value()
        else SecretStr(postgres),
    }
    if redis and settings.redis_enabled and not is_named(settings):
        update["redis_url"] = SecretStr(redis)
    if influxdb and not settings.influxdb_url:
        update |= {"influxdb_url": influxdb, "influxdb_token": SecretStr(influxdb_token)}
    return settings.model_copy(update=update)
