"""Settings: all faults at once, other names, secrets from files and never shown."""

from pathlib import Path
from typing import get_args

import pytest

from connectors.cli.config import example
from connectors.sources.shop.faults.catalogue import FAULTS
from schemas.demo import FaultWish
from schemas.errors import UserError
from schemas.settings import (
    SECRETS,
    as_environment,
    environment_names,
    load,
)
from tests.connectors.cli.application import empty_environment, invoke
from tests.schemas.tables import README, ROOT, with_tables

SECRET = "do-not-show-me"


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    empty_environment(monkeypatch, tmp_path)


def test_every_wrong_option_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {
        "TOPIC_PARTITIONS": "0",
        "KAFKA_BOOTSTRAP_SERVERS": "nowhere",
        "DATABASE_URL": "mysql://elsewhere",
        "LOG_LEVEL": "LOUD",
        "REDIS_URL": "http://elsewhere",
        "REDIS_STREAMS": "logs,alerts",
        "ALLOWED_ORIGINS": "https://a.example.com/path",
        "TRUSTED_PROXIES": "10.0.0.0/99",
        "API_BASE_PATH": "ops/",
        "RATE_LIMIT_PER_MINUTE": "-1",
        "KAFKA_SASL_PASSWORD_FILE": "/there/is/no/such/file",
    }
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(UserError) as raised:
        load()
    assert raised.value.exit_code == 2
    assert [name for name in wrong if name not in str(raised.value)] == []


def test_wrong_settings_end_a_command_with_2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INGEST_WORKERS", "many")
    answer = invoke("config")
    assert answer.exit_code == 2
    assert "INGEST_WORKERS" in answer.stderr
    assert "Traceback" not in answer.output


def test_a_home_is_found_wherever_it_is_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (Path.cwd() / ".env").write_text(
        "FORESHOCK_DATA=~/data\nINFLUXD_BINARY=~/bin/influxd\nFILE_SOURCES=~/logs/*.log,/var/log/\n"
    )
    settings = load()
    assert (settings.data_dir, settings.cache_dir) == (tmp_path / "data", None)
    assert settings.influxd_binary == tmp_path / "bin/influxd"
    assert settings.file_sources == [f"{tmp_path}/logs/*.log", "/var/log/"]
    assert load(data_dir=Path("~/other")).data_dir == tmp_path / "other"
    with pytest.raises(UserError, match=r"FORESHOCK_DATA: ~no-such-user/x"):
        load(data_dir=Path("~no-such-user/x"))


@pytest.mark.parametrize("name", ["KAFKA_BOOTSTRAP_SERVERS", "KAFKA_BROKERS"])
def test_brokers_have_two_names(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "a:9092,b:9093")
    assert load().kafka_bootstrap_servers == "a:9092,b:9093"


@pytest.mark.parametrize("name", ["ALLOWED_ORIGINS", "CORS_ORIGINS"])
def test_origins_have_two_names(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "https://a.example.com, http://localhost:3000")
    assert load().allowed_origins == ["https://a.example.com", "http://localhost:3000"]


def test_no_credentials_for_every_page_of_the_world(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_ORIGINS", "*")
    assert load().allowed_origins == ["*"]
    monkeypatch.setenv("CORS_ALLOW_CREDENTIALS", "true")
    with pytest.raises(UserError, match="CORS_ALLOW_CREDENTIALS"):
        load()


def test_the_first_name_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BROKERS", "second:2")
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "first:1")
    assert load().kafka_bootstrap_servers == "first:1"


@pytest.mark.parametrize(
    ("field", "name"), [(field, name) for field in SECRETS for name in environment_names(field)]
)
def test_a_secret_may_stand_in_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, field: str, name: str
) -> None:
    secret = tmp_path / "secret"
    said = f"{'redis' if field == 'redis_url' else 'postgresql'}://u:{SECRET}@h/0"
    secret.write_text(f"{said}\n")
    monkeypatch.setenv(f"{name}_FILE", str(secret))
    assert getattr(load(), field).get_secret_value() == said


@pytest.mark.parametrize("words", [("config",), ("config", "--json"), ("config", "--example")])
def test_secrets_are_never_shown(monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://u:{SECRET}@h/d")
    monkeypatch.setenv("KAFKA_SASL_PASSWORD", SECRET)
    monkeypatch.setenv("REDIS_URL", f"redis://u:{SECRET}@h/0")
    answer = invoke(*words)
    assert answer.exit_code == 0
    assert SECRET not in answer.output


def test_a_wrong_secret_is_not_shown_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"mysql://u:{SECRET}@h/d")
    answer = invoke("config")
    assert answer.exit_code == 2
    assert SECRET not in answer.output


@pytest.mark.parametrize(
    "url",
    [
        "redis://:p#{secret}@cache:6379/0",
        "redis://:1#{secret}@cache:6379/0",
        "redis://:1/{secret}@cache:6379/0",
        "redis://:1?{secret}@cache:6379/0",
        "redis://:p@{secret}@cache:6379/0",
        "redis://:\u2100{secret}@cache:6379/0",
        "redis://{secret}:p:6379/0",
        "redis://cache:{secret}",
        "redis://cache:65536",
        "redis://cache/first",
        "redis://[::1/0",
        "http://{secret}",
    ],
)
def test_an_address_of_redis_that_no_client_can_read_is_refused(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("REDIS_URL", url.format(secret=SECRET))
    answer = invoke("config")
    assert answer.exit_code == 2
    assert "  REDIS_URL: " in answer.stderr
    assert SECRET not in answer.output


@pytest.mark.parametrize(
    "url",
    [
        "",
        "redis://cache",
        "redis://cache:6379/",
        "rediss://someone:p%23%2F%40%3A%3F@cache.example.com:6380/15",
        "redis://:p:q@[::1]:6379/0",
        "redis://10.0.0.1:6379/0?socket_timeout=5&health_check_interval=10",
    ],
)
def test_an_address_of_redis_stays_as_it_is(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("REDIS_URL", url)
    assert load().redis_url.get_secret_value() == url


def test_a_database_that_cannot_be_split_is_not_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://u:\u2100{SECRET}@h/d")
    answer = invoke("config")
    assert answer.exit_code == 2
    assert SECRET not in answer.output


def test_another_process_gets_the_same_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    given = load(file_sources=["/var/log", "/srv/*.log"], ingest_workers=3, topic_prefix="t.")
    for name, value in as_environment(given).items():
        monkeypatch.setenv(name, value)
    assert load() == given


def test_the_example_is_current() -> None:
    remedy = "write it anew: foreshock config --example > .env.example"
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == example(), remedy


def test_the_example_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(example().replace("#FORESHOCK", "FORESHOCK"))
    assert load().data_dir == Path(".foreshock")


def test_the_readme_describes_topics_and_settings_as_they_are() -> None:
    text = README.read_text(encoding="utf-8")
    assert text == with_tables(text), "write them anew: python -m tests.schemas.tables"


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"KAFKA_SECURITY_PROTOCOL": "SASL_SSL"}, "needs KAFKA_SASL_USERNAME and KAFKA_SASL_PASS"),
        ({"KAFKA_SASL_USERNAME": "me"}, "KAFKA_SASL_USERNAME is set, but"),
        ({"KAFKA_SSL_CAFILE": "ca.pem"}, "KAFKA_SSL_CAFILE is set, but"),
        ({"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_SSL_KEYFILE": "k"}, "needs KAFKA_SSL_CERTFILE"),
    ],
)
def test_what_names_a_user_or_a_certificate_is_never_left_out(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], said: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(UserError, match=said) as raised:
        load()
    assert raised.value.exit_code == 2


@pytest.mark.parametrize("password", ["a@b", "a/b", "a:b@", "a?b", "a#b"])
def test_a_password_that_shifts_the_url_is_refused_and_not_shown(password: str) -> None:
    with pytest.raises(UserError, match="percent-encode") as raised:
        load(database_url=f"postgresql://me:{password}@db.example/name")
    assert password not in str(raised.value)


@pytest.mark.parametrize("hosts", ["db", "db:5432", "a:1,b:2", "[::1]:5432", ""])
def test_all_that_the_client_library_takes_as_hosts_is_taken(hosts: str) -> None:
    url = f"postgresql://me:%40%2F@{hosts}/name?sslmode=require"
    assert load(database_url=url).database_url.get_secret_value() == url


@pytest.mark.parametrize(
    ("name", "written", "field", "meant"),
    [
        ("LOG_LEVEL", "warn", "log_level", "WARNING"),
        ("LOG_LEVEL", "Info", "log_level", "INFO"),
        ("LOG_LEVEL", "CRITICAL", "log_level", "ERROR"),
        ("LOG_FORMAT", "JSON", "log_format", "json"),
        ("LOG_FORMAT", "text", "log_format", "console"),
        ("SERVICE_NAME", "log-service", "service_name", "log-service"),
        ("SERVICE_VERSION", "1.0.0", "service_version", "1.0.0"),
        ("ENVIRONMENT", "production", "environment", "production"),
        ("DATABASE_POOL_SIZE", "20", "database_pool_size", 20),
        ("DATABASE_MAX_OVERFLOW", "40", "database_max_overflow", 40),
    ],
)
def test_names_and_spellings_of_other_programs_are_honoured(
    monkeypatch: pytest.MonkeyPatch, name: str, written: str, field: str, meant: object
) -> None:
    monkeypatch.setenv(name, written)
    assert getattr(load(), field) == meant


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+asyncpg"])
def test_a_database_is_a_database_whatever_driver_its_url_names(scheme: str) -> None:
    found = load(database_url=f"{scheme}://me@db/name").database_url.get_secret_value()
    assert found == "postgresql://me@db/name"


def test_the_faults_of_the_demo_are_those_that_there_are() -> None:
    assert {"random", "none", *FAULTS} == set(get_args(FaultWish))
