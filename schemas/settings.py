"""Every setting, read from the environment (and `.env`) in this one file.

`load()` reports all faults at once. Any secret may also be given as NAME_FILE, the path of a file
that holds it. `.env.example` is generated from the fields below.
"""

import os
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AliasChoices,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from schemas.demo import FaultWish
from schemas.errors import UserError
from schemas.networks import CHECKS, Brokers, RedisUrl, check_protocol, postgres_url
from schemas.places import HomeGlob, HomePath
from schemas.secrets import is_careless, secret_fault
from schemas.timezones import TimezoneName
from schemas.users import PASSWORD_CHARACTERS, USERNAME, check_length

CsvNames = Annotated[list[str], NoDecode]
CsvGlobs = Annotated[list[HomeGlob], NoDecode]

# Secrets of our own making, and how many characters each must have where it matters.
GUARDED: Final = {
    "jwt_secret_key": 32,  # RFC 7518, 3.2: as long as the hash of HS256
    "jwt_secret_key_previous": 32,
    "api_key": 16,
    "api_key_secret": 32,
    "ui_service_secret": 32,
    "bootstrap_admin_password": PASSWORD_CHARACTERS,
}


class Settings(BaseSettings):
    """One instance a process; fields are in the order of `.env.example`."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore", populate_by_name=True
    )

    data_dir: HomePath = Field(
        Path(".foreshock"),
        validation_alias=AliasChoices("FORESHOCK_DATA"),
        description="Where this instance keeps everything: servers, offsets, logs.",
    )
    service_name: str = Field(
        "foreshock",
        pattern=r"^[A-Za-z0-9._-]+$",
        description="Names us in our own processes' log, and to brokers and databases.",
    )
    service_version: str = Field("", description="In that log; empty: the installed version.")
    environment: str = Field(
        "development",
        description="Likewise. Besides development, test and demo, secrets must be good ones.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Least severity of our own processes' log."
    )
    log_format: Literal["json", "console"] = Field(
        "json", description="How our own processes write their log."
    )

    kafka_bootstrap_servers: Brokers = Field(
        "",
        validation_alias=AliasChoices("KAFKA_BOOTSTRAP_SERVERS", "KAFKA_BROKERS"),
        description="host:port,...; empty: the embedded broker.",
    )
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="How to talk to an outside broker."
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "SCRAM-SHA-512", description="With SASL_*."
    )
    kafka_sasl_username: str = Field("", description="With SASL_*.")
    kafka_sasl_password: SecretStr = Field(SecretStr(""), description="With SASL_*.")
    kafka_ssl_cafile: HomePath | None = Field(None, description="Authority of the broker, PEM.")
    kafka_ssl_certfile: HomePath | None = Field(None, description="Our certificate, PEM.")
    kafka_ssl_keyfile: HomePath | None = Field(None, description="Our key, PEM.")
    topic_prefix: str = Field(
        "", pattern=r"^[A-Za-z0-9._-]*$", description="Before every topic and group, e.g. `prod.`."
    )
    topic_partitions: int = Field(12, ge=1, le=1024, description="Of the raw topics.")
    topic_replication_factor: int = Field(
        1, ge=1, le=9, description="1 on the embedded broker; 3 on a cluster."
    )
    kafka_session_timeout_seconds: float = Field(
        10.0, ge=6, le=300, description="A dead worker's partitions move after this."
    )

    database_url: SecretStr = Field(
        SecretStr(""),
        description="postgresql://user:password@host/name; empty: the embedded server.",
    )
    database_pool_size: int = Field(4, ge=1, le=100, description="Connections kept open a process.")
    database_max_overflow: int = Field(4, ge=0, le=100, description="More under load.")

    influxdb_enabled: bool = Field(
        True, description="Whether an InfluxDB that there is keeps the metrics; else Postgres does."
    )
    influxdb_url: str = Field(
        "",
        pattern=r"^(https?://.+)?$",
        description="http://host:8086; empty: the embedded one where there is an influxd.",
    )
    influxdb_token: SecretStr = Field(
        SecretStr(""), description="Of INFLUXDB_URL; may read and write, and make the bucket."
    )
    influxdb_org: str = Field("aiops", min_length=1, description="The organization of the bucket.")
    influxdb_bucket: str = Field(
        "telemetry", min_length=1, description="Made when it is not there."
    )
    influxd_binary: HomePath | None = Field(
        None, description="The influxd (2.x) to embed; empty: the one on PATH, if any."
    )
    metric_retention_days: int = Field(
        90, ge=1, le=3_650, description="How long metric points are kept, and accepted."
    )

    redis_enabled: bool = Field(
        True, description="False: no Redis at all, neither the embedded one nor another."
    )
    redis_url: RedisUrl = Field(
        SecretStr(""),
        description="redis://user:password@host:port/db, rediss:// with TLS; empty: embedded.",
    )
    redis_host: str = Field("", description="Instead of REDIS_URL.")
    redis_port: int = Field(6379, ge=1, le=65_535, description="With REDIS_HOST.")
    redis_db: int = Field(0, ge=0, description="With REDIS_HOST.")
    redis_username: str = Field("", description="Where REDIS_URL names none.")
    redis_password: SecretStr = Field(SecretStr(""), description="Where REDIS_URL has none.")
    redis_ssl_cafile: HomePath | None = Field(
        None, description="Authority of a rediss:// server, PEM; empty: those of this machine."
    )
    redis_max_connections: int = Field(50, ge=4, description="To Redis, kept open a process.")
    redis_streams: CsvNames = Field(
        default_factory=lambda: ["logs"],
        description="Streams whose entries are bridged to logs.raw, comma separated; may be none.",
    )
    redis_stream_trim: bool = Field(
        False, description="Whether entries that every group has acknowledged are deleted."
    )
    redis_stream_maxlen: int = Field(
        10_000, ge=1, description="About so many entries are kept in the streams we write."
    )
    consumer_group: str = Field(
        "aiops-consumers", min_length=1, max_length=200, description="Reads REDIS_STREAMS."
    )
    consumer_block_ms: int = Field(
        100, ge=1, le=5000, description="How long a read of a silent stream waits."
    )
    consumer_batch_size: int = Field(
        1000, ge=1, le=10_000, description="Entries a read; few make small, costly records."
    )
    consumer_claim_seconds: float = Field(
        15.0, ge=0.05, le=3600, description="So often entries of dead consumers are looked for."
    )
    consumer_claim_idle_seconds: float = Field(
        60.0, ge=0.05, description="A consumer silent for so long counts as dead."
    )

    cache_dir: HomePath | None = Field(
        None,
        validation_alias=AliasChoices("FORESHOCK_CACHE"),
        description="Where the embedded broker is downloaded to; empty: the user's cache.",
    )
    health_port: int = Field(
        0, ge=0, le=65_535, description="Where a process serves /health and /metrics; 0: none."
    )
    disk_budget_gib: float = Field(
        5.0, ge=0.2, description="What the topics may fill on the broker, together."
    )
    disk_floor_gib: float = Field(
        1.0, ge=0.05, description="With less free disk for an embedded broker, edges refuse data."
    )
    ingest_workers: int = Field(1, ge=1, le=64, description="Ingest processes of `up`.")
    metrics_workers: int = Field(1, ge=1, le=64, description="Metrics processes of `up`.")
    persist_workers: int = Field(1, ge=1, le=64, description="Persist processes of `up`.")
    record_time_limit_seconds: float = Field(
        20.0, ge=1, le=600, description="A worker whose record takes longer is ended and restarted."
    )
    record_memory_limit_mib: int = Field(
        512, ge=64, description="For a record that crashed its worker three times, tried alone."
    )
    extra_formats: CsvNames = Field(
        default_factory=list,
        description="Python modules with more log formats, comma separated.",
    )
    file_sources: CsvGlobs = Field(
        default_factory=list,
        description="Files and folders that `up` follows, comma separated; globs allowed.",
    )
    log_timezone: TimezoneName = Field(
        "", description="Of times in logs that name none; empty: this machine's in files, else UTC."
    )
    journald: bool = Field(False, description="Whether `up` follows this machine's journal.")
    host_metrics: bool = Field(False, description="Whether `up` measures this machine.")
    host_metrics_seconds: float = Field(10.0, ge=1, le=3_600, description="How often it does.")
    api_host: str = Field("127.0.0.1", description="Where the API listens; 0.0.0.0: everywhere.")
    api_port: int = Field(
        0, ge=0, le=65_535, description="Of the API; 0: a free one, chosen once and remembered."
    )
    api_workers: int = Field(1, ge=1, le=64, description="Processes that serve the API.")
    api_key: SecretStr = Field(
        SecretStr(""), description="What clients present; empty: one is made in FORESHOCK_DATA."
    )
    api_key_header: str = Field(
        "X-API-Key",
        pattern=r"^[A-Za-z0-9-]{1,100}$",
        description="The header that holds the key; Authorization is understood, too.",
    )
    ui_enabled: bool = Field(True, description="Whether `up` starts the workspace.")
    ui_host: str = Field("127.0.0.1", description="Where the workspace listens.")
    ui_port: int = Field(
        0, ge=0, le=65_535, description="Of the workspace; 0: a free one, chosen once, remembered."
    )
    ui_workers: int = Field(1, ge=1, le=64, description="Processes that serve the workspace.")
    ui_url: str = Field(
        "",
        pattern=r"^(https?://[^/?#@\s]+/?)?$",
        validation_alias=AliasChoices("UI_URL", "NEXTAUTH_URL"),
        description="What people type to get there behind a proxy, e.g. `https://ops.example.com`.",
    )
    ui_service_secret: SecretStr = Field(
        SecretStr(""),
        validation_alias=AliasChoices("UI_SERVICE_SECRET", "UI_SECRET", "NEXTAUTH_SECRET"),
        description="By which the API knows the UI; empty: one is made in FORESHOCK_DATA.",
    )
    ui_api_url: str = Field(
        "",
        pattern=r"^(https?://[^?#@\s]+)?$",
        validation_alias=AliasChoices("UI_API_URL", "NEXT_PUBLIC_API_URL"),
        description="Where the workspace finds the API; empty: API_HOST and API_PORT.",
    )
    public_api_url: str = Field(
        "", pattern=r"^(https?://[^?#@\s]+)?$", description="The API's address, for producers."
    )
    ui_ws_url: str = Field(
        "",
        pattern=r"^(wss?://[^?#@\s]+)?$",
        validation_alias=AliasChoices("UI_WS_URL", "NEXT_PUBLIC_WS_URL"),
        description="Where it finds live updates; empty: at the API.",
    )
    ui_analytics: bool = Field(
        True,
        validation_alias=AliasChoices("UI_ANALYTICS", "NEXT_PUBLIC_ENABLE_ANALYTICS"),
        description="Whether the pages that analyse are in the menu.",
    )
    api_key_secret: SecretStr = Field(
        SecretStr(""),
        description="Under which kept keys are hashed; empty: one is made in FORESHOCK_DATA.",
    )
    rate_limit_per_minute: int = Field(
        60, ge=0, description="Actions of a user, of each of logins, reads, writes; 0: no limit."
    )
    rate_limit_burst: int = Field(10, ge=0, description="So many more at once, after a rest.")
    rate_limit_ingest_per_minute: int = Field(
        0, ge=0, description="Requests of a producer's key; 0: no limit."
    )
    allowed_origins: CsvNames = Field(
        default_factory=list,
        validation_alias=AliasChoices("ALLOWED_ORIGINS", "CORS_ORIGINS"),
        description="Whose pages may call the API from a browser, e.g. `https://ops.example.com`.",
    )
    cors_allow_credentials: bool = Field(
        False, description="Whether their calls may carry credentials that the browser holds."
    )
    trusted_proxies: CsvNames = Field(
        default_factory=list,
        description="Addresses and networks whose X-Forwarded-* headers are believed.",
    )
    api_base_path: str = Field(
        "",
        pattern=r"^(/[A-Za-z0-9._~-]+)*$",
        description="Below which a proxy shows the API, e.g. `/foreshock`.",
    )
    api_max_requests: int = Field(
        1000, ge=1, description="Under way at once a process, of ingest and of the rest each."
    )
    api_request_seconds: float = Field(
        30.0, gt=0, le=600, description="A request that has no answer by then is a 503."
    )
    jwt_secret_key: SecretStr = Field(
        SecretStr(""),
        description="Signs access tokens; empty: one is made in FORESHOCK_DATA.",
    )
    jwt_secret_key_previous: SecretStr = Field(
        SecretStr(""), description="Still accepted, so that a new JWT_SECRET_KEY logs nobody out."
    )
    jwt_algorithm: Literal["HS256", "HS384", "HS512"] = Field(
        "HS256", description="Of access tokens; no other is accepted."
    )
    access_token_expire_minutes: float = Field(
        30, gt=0, le=1_440, description="Then a client must refresh its access token."
    )
    refresh_token_expire_days: float = Field(
        14, gt=0, le=365, description="Unused for so long, a session ends."
    )
    bootstrap_admin_username: str = Field(
        "admin", pattern=USERNAME, description="The first admin, made where there is no user yet."
    )
    bootstrap_admin_password: SecretStr = Field(
        SecretStr(""), description="Of the first admin; empty: one is made in FORESHOCK_DATA."
    )
    bootstrap_admin_email: str = Field("", max_length=254, description="Of the first admin.")
    api_ack_seconds: float = Field(
        4.0, ge=0.1, le=60, description="What the broker has not acknowledged by then is a 503."
    )
    max_body_mib: float = Field(
        32.0, gt=0, le=256, description="Of one request, also after decompression."
    )
    upload_max_gib: float = Field(
        10.0, gt=0, le=1024, description="Of one uploaded log file, as it is sent."
    )
    demo_fleet: bool = Field(
        False, description="Whether `up` makes up the fleet of a small shop; `demo` does."
    )
    demo_seed: int = Field(1, ge=0, description="Another number, another shop and fault.")
    demo_fault: FaultWish = Field(
        "random", description="What befalls the shop; `random`: chosen by the seed."
    )
    demo_fault_after: float = Field(
        5.0, ge=0, le=86_400, description="Seconds from the shop's going live to its fault."
    )
    fsync: bool = Field(
        True, validation_alias=AliasChoices("FORESHOCK_FSYNC"), description="Off only in tests."
    )

    @field_validator(
        *("extra_formats", "file_sources", "redis_streams", "allowed_origins", "trusted_proxies"),
        mode="before",
    )
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def _level_as_others_write_it(cls, value: Any) -> Any:
        level = value.upper() if isinstance(value, str) else value
        return {"WARN": "WARNING", "FATAL": "ERROR", "CRITICAL": "ERROR"}.get(level, level)

    @field_validator("log_format", mode="before")
    @classmethod
    def _format_as_others_write_it(cls, value: Any) -> Any:
        written = value.lower() if isinstance(value, str) else value
        return "console" if written in ("text", "plain") else written

    @field_validator("database_url")
    @classmethod
    def _is_postgres(cls, value: SecretStr) -> SecretStr:
        return SecretStr(postgres_url(value.get_secret_value()))

    @model_validator(mode="after")
    def _protocol_fits(self) -> Self:
        check_protocol(
            self.kafka_security_protocol,
            sasl={
                "KAFKA_SASL_USERNAME": self.kafka_sasl_username,
                "KAFKA_SASL_PASSWORD": self.kafka_sasl_password.get_secret_value(),
            },
            tls={
                "KAFKA_SSL_CAFILE": self.kafka_ssl_cafile,
                "KAFKA_SSL_CERTFILE": self.kafka_ssl_certfile,
                "KAFKA_SSL_KEYFILE": self.kafka_ssl_keyfile,
            },
        )
        return self

    @field_validator("redis_streams", "allowed_origins", "trusted_proxies")
    @classmethod
    def _are_understood(cls, value: list[str], info: ValidationInfo) -> list[str]:
        return CHECKS[str(info.field_name)](value)

    @model_validator(mode="after")
    def _credentials_for_named_origins(self) -> Self:
        """Any page of the world with somebody's credentials: browsers refuse it, and so do we."""
        if self.cors_allow_credentials and "*" in self.allowed_origins:
            raise ValueError("ALLOWED_ORIGINS=* cannot be with CORS_ALLOW_CREDENTIALS; name them")
        return self

    @model_validator(mode="after")
    def _secrets_are_secret(self) -> Self:
        """Whoever knows the key that signs is whomever they like."""
        if is_careless(self.environment):
            return self
        secrets = {field: getattr(self, field).get_secret_value() for field in GUARDED}
        faults = [
            f"{environment_name(field)} {fault}"
            for field, secret in secrets.items()
            if secret and (fault := secret_fault(secret, GUARDED[field]))
        ]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    @field_validator("bootstrap_admin_password")
    @classmethod
    def _is_a_password(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value():
            check_length(value.get_secret_value())
        return value


SECRETS: Final = tuple(
    name for name, field in Settings.model_fields.items() if field.annotation is SecretStr
)


def environment_names(field: str) -> list[str]:
    """The variables that set a field, the first one first."""
    alias = Settings.model_fields[field].validation_alias
    return list(map(str, alias.choices)) if isinstance(alias, AliasChoices) else [field.upper()]


def environment_name(field: str) -> str:
    """The first of them."""
    return environment_names(field)[0]


def _secrets_from_files() -> tuple[dict[str, Any], list[str]]:
    found: dict[str, Any] = {}
    faults: list[str] = []
    names = [(field, name) for field in SECRETS for name in environment_names(field)]
    for field, name in reversed(names):  # the first of several names counts
        variable = f"{name}_FILE"
        if path := os.environ.get(variable):
            try:
                found[field] = SecretStr(Path(path).read_text(encoding="utf-8").strip())
            except (OSError, UnicodeDecodeError) as error:
                faults.append(f"{variable}: {error}")
    return found, faults


def load(**overrides: Any) -> Settings:
    """The settings of this process. Raises UserError (exit code 2) naming every wrong option."""
    secrets, faults = _secrets_from_files()
    settings: Settings | None = None
    try:
        settings = Settings(**{**secrets, **overrides})
    except ValidationError as error:
        for fault in error.errors(include_input=False, include_url=False):
            said = fault["msg"].removeprefix("Value error, ")
            where = str(fault["loc"][0]) if fault["loc"] else ""  # "": of several together
            known = environment_name(where) if where in Settings.model_fields else where
            faults.append(f"{known}: {said}" if known else said)
    if faults or settings is None:
        raise UserError(
            "wrong settings:\n" + "\n".join(f"  {fault}" for fault in faults),
            "correct them in the environment or in .env; `.env.example` explains each",
            exit_code=2,
        )
    return settings


def as_environment(settings: Settings) -> dict[str, str]:
    """The variables that give another process these settings: every one that is not a default."""
    values = {name: getattr(settings, name) for name in settings.model_fields_set}
    return {
        environment_name(name): as_text(value)
        for name, value in values.items()
        if value is not None
    }


def as_text(value: Any) -> str:
    """A setting's value as the environment holds it."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return ",".join(value) if isinstance(value, list) else str(value)


def user_cache() -> Path:
    """Where a user's programs keep what they can download again (XDG base directories)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "foreshock"


def child_environment(**changes: str) -> dict[str, str]:
    """What a process that we start inherits: our environment with changes."""
    return {**os.environ, **changes}
