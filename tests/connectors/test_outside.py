"""Servers of other people: the product uses them, starts none of its own, and says what is wrong.

The broker asks for a password (SASL_SSL) on one listener and for a certificate (SSL) on another;
the database asks for TLS and a password.
"""

import json
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from connectors import reaching
from connectors.embedded.ports import LOOPBACK
from connectors.instance import read_instance
from connectors.reaching import reach_kafka, reach_postgres
from schemas.errors import UserError
from schemas.settings import Settings, child_environment, load
from tests.outside import PASSWORD, Outside, outside_kafka, tls_front
from tests.stack import RunningStack

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("outside")]

_LINES = [f"Jan  1 00:00:{n % 60:02} web-1 sshd[{n}]: Accepted key for user{n}" for n in range(500)]


@pytest.fixture(scope="module")
def outside() -> Iterator[Outside]:
    """The broker of other people, once for the module."""
    with (
        tempfile.TemporaryDirectory(prefix="foreshock-outside-") as name,
        outside_kafka(Path(name)) as found,
    ):
        yield found


@pytest.fixture(scope="module")
def front(stack: RunningStack, outside: Outside) -> Iterator[int]:
    """The port of the database with TLS before it."""
    with tls_front(outside.server, urlsplit(stack.postgres).port or 0) as port:
        yield port


@dataclass(frozen=True)
class Installation:
    """One data directory and the settings of its commands."""

    data_dir: Path
    variables: dict[str, str]

    def run(self, *words: str, **changes: str) -> subprocess.CompletedProcess[str]:
        """One command; no secret may appear in what it says, nor a traceback."""
        answer = subprocess.run(
            [sys.executable, "-m", "connectors.cli", "--data", str(self.data_dir), *words],
            env=child_environment(**{**self.variables, **changes}),
            capture_output=True,
            text=True,
            check=False,
            timeout=90,
        )
        said = answer.stdout + answer.stderr
        assert "Traceback" not in said
        assert not any(secret in said for secret in (PASSWORD, "mistaken")), said
        return answer

    def json(self, *words: str) -> Any:
        """What a command that ends with 0 prints."""
        answer = self.run(*words, "--json")
        assert answer.returncode == 0, answer.stdout + answer.stderr
        return json.loads(answer.stdout)


def secured(settings: Settings, port: int, outside: Outside) -> str:
    """The URL of the settings' database, through the front."""
    url = urlsplit(settings.database_url.get_secret_value())
    return (
        f"postgresql://{url.username}:{url.password}@{LOOPBACK}:{port}{url.path}"
        f"?sslmode=verify-full&sslrootcert={outside.authority}"
    )


def installation(
    stack: RunningStack, front: int, outside: Outside, data_dir: Path, client: dict[str, str]
) -> Installation:
    """An installation of its own (topic prefix and database) on the servers of other people."""
    own = stack.settings()
    variables = {
        **client,
        "DATABASE_URL": secured(own, front, outside),
        "TOPIC_PREFIX": own.topic_prefix,
        "TOPIC_PARTITIONS": "2",
        "KAFKA_SESSION_TIMEOUT_SECONDS": "6",
    }
    return Installation(data_dir, variables)


def test_two_installations_count_their_own_lines(
    stack: RunningStack, front: int, outside: Outside, tmp_path: Path
) -> None:
    both = [
        installation(stack, front, outside, tmp_path / name, client)
        for name, client in (("scram", outside.scram()), ("mutual", outside.certified()))
    ]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(count_and_stop, both, (100, 200)))


def count_and_stop(one: Installation, lines: int) -> None:
    """From start to stop: so many lines, counted and balanced; no secret in any log."""
    log = one.data_dir.with_suffix(".log")
    log.write_text("\n".join(_LINES[:lines]) + "\n")
    try:
        started = one.run("up", "--detach")
        assert started.returncode == 0, started.stderr
        running = read_instance(one.data_dir)
        assert running is not None
        names = {part.name for part in running.parts}
        assert {"ingest-1", "persist-1"} <= names
        assert names.isdisjoint({"kafka", "postgres"})
        taken = one.run("ingest", str(log), "--source", "auth", "--wait", "60")
        assert taken.returncode == 0, taken.stderr
        assert [found["count"] for found in one.json("patterns")] == [lines]
        assert one.json("ledger")["balanced"]
    finally:
        assert one.run("down").returncode == 0
    logs = sorted((one.data_dir / "logs").iterdir())
    assert {"ingest-1.log", "persist-1.log"} <= {path.name for path in logs}
    assert not any(PASSWORD in path.read_text() for path in logs)


def test_a_password_in_the_clear_text_mechanism_is_taken_too(outside: Outside) -> None:
    reach_kafka(client(outside.scram(), KAFKA_SASL_MECHANISM="PLAIN"))


def client(variables: dict[str, str], **changes: str) -> Settings:
    """Settings as those variables would make them."""
    fields: dict[str, Any] = {
        name.lower(): value for name, value in {**variables, **changes}.items()
    }
    return load(**fields, _env_file=None)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"KAFKA_SASL_PASSWORD": "mistaken"}, "refuses KAFKA_SASL_USERNAME or KAFKA_SASL_PASSWORD"),
        ({"KAFKA_SSL_CAFILE": "STRANGER"}, "set KAFKA_SSL_CAFILE to the authority"),
        (
            {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"},
            "KAFKA_BOOTSTRAP_SERVERS 127.0.0.1:1: refuses",
        ),
        ({"KAFKA_SSL_CAFILE": "/nowhere.pem"}, "KAFKA_SSL_CAFILE: /nowhere.pem: No such file"),
    ],
)
@pytest.mark.parametrize("command", ["up --detach", "ingest ."])
def test_a_broker_that_does_not_let_us_in_is_said(
    outside: Outside, tmp_path: Path, command: str, changes: dict[str, str], said: str
) -> None:
    own = {k: v.replace("STRANGER", str(outside.stranger)) for k, v in changes.items()}
    answer = Installation(tmp_path / "data", {**outside.scram(), **own}).run(*command.split())
    assert answer.returncode in (1, 2)
    assert said in answer.stderr
    assert "remedy:" in answer.stderr
    assert read_instance(tmp_path / "data") is None


def test_what_the_listener_does_not_speak_is_said(outside: Outside) -> None:
    def said(**changes: str) -> str:
        with pytest.raises(UserError) as raised:
            reach_kafka(client(changes))
        return f"{raised.value}; {raised.value.remedy}"

    assert "KAFKA_SECURITY_PROTOCOL=PLAINTEXT" in said(KAFKA_BOOTSTRAP_SERVERS=outside.sasl)
    uncertified = {k: v for k, v in outside.certified().items() if "FILE" not in k}
    assert "KAFKA_SSL_CERTFILE" in said(**uncertified, KAFKA_SSL_CAFILE=str(outside.authority))
    plain = outside.certified() | {"KAFKA_BOOTSTRAP_SERVERS": outside.inside}
    assert "KAFKA_SECURITY_PROTOCOL=SSL" in said(**plain)
    other = outside.scram() | {"KAFKA_SASL_MECHANISM": "SCRAM-SHA-256"}
    assert "KAFKA_SASL_MECHANISM=SCRAM-SHA-256" in said(**other)
    named = outside.scram() | {
        "KAFKA_BOOTSTRAP_SERVERS": outside.sasl.replace(LOOPBACK, "localhost")
    }
    assert "certificate is for another name" in said(**named)
    assert "advertised.listeners" in said(KAFKA_BOOTSTRAP_SERVERS=outside.lost)


def test_one_server_that_answers_is_enough(outside: Outside) -> None:
    reach_kafka(client(outside.scram(), KAFKA_BOOTSTRAP_SERVERS=f"127.0.0.1:1,{outside.sasl}"))


def test_a_silent_server_is_given_up(outside: Outside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reaching, "_SECONDS", 0.5)
    with socket.create_server((LOOPBACK, 0)) as silent:
        address = f"{LOOPBACK}:{silent.getsockname()[1]}"
        with pytest.raises(UserError, match="does not answer within"):
            reach_kafka(client(outside.scram(), KAFKA_BOOTSTRAP_SERVERS=address))


def test_a_database_that_does_not_let_us_in_is_said(
    stack: RunningStack, front: int, outside: Outside
) -> None:
    url = secured(stack.settings(), front, outside)
    password = urlsplit(url).password or ""

    def said(changed: str) -> str:
        with pytest.raises(UserError) as raised:
            reach_postgres(load(database_url=changed, _env_file=None))
        assert password not in f"{raised.value}; {raised.value.remedy}"
        return f"{raised.value}; {raised.value.remedy}"

    reach_postgres(load(database_url=url, _env_file=None))
    assert "correct the user and the password" in said(url.replace(password, "mistaken"))
    untrusted = url.replace(str(outside.authority), str(outside.stranger))
    assert "sslrootcert" in said(untrusted)
    assert "sslrootcert" in said(url.replace(str(outside.authority), "/nowhere.pem"))
    assert "does not exist" in said(url.replace("/t", "/nothing_t", 1))
    behind = str(urlsplit(stack.postgres).port)
    assert "sslmode" in said(url.replace(f":{front}/", f":{behind}/"))
    assert "see why nothing answers" in said(url.replace(f":{front}/", ":1/"))
    assert "cannot be understood" in said(url.replace("sslmode", "nosuchoption"))


def test_a_database_is_named_when_it_stops_a_start(outside: Outside, tmp_path: Path) -> None:
    url = f"postgresql://u:mistaken@{LOOPBACK}:1/name"
    own = Installation(tmp_path / "data", {**outside.scram(), "DATABASE_URL": url})
    answer = own.run("up", "--detach")
    assert answer.returncode == 1
    assert "DATABASE_URL" in answer.stderr
