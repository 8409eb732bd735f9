"""One Kafka, Postgres and Valkey, and one InfluxDB where there is an influxd, for a whole test run,
for however many workers.

The first test that needs them starts a keeper: a process of its own that runs the product's own
supervisor with the servers alone, and that ends itself when the process it watches (pytest, or
the controller of its workers) is gone, however that ended. Tests do not meet: each has a topic
prefix and a database of its own.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from pathlib import Path
from typing import Any

import psycopg
import pytest

from connectors.embedded.processes import identify, is_alive
from connectors.embedded.stack import run, servers
from connectors.instance import connected, read_instance
from schemas.settings import Settings, child_environment, load

_START_SECONDS = 180.0  # the first run of a machine downloads the broker
_STOP_SECONDS = 30.0
# Whatever servers the environment and .env name: they are not for tests.
_OWN_SERVERS: dict[str, Any] = {
    "kafka_bootstrap_servers": "",
    "database_url": "",
    "influxdb_url": "",
    "influxdb_enabled": False,
    "redis_url": "",
    "redis_host": "",
    "_env_file": None,
}

_keepers: list[subprocess.Popen[bytes]] = []  # held, because they outlive who started them


class RunningStack:
    """The servers of this run. `kafka` is host:port; `settings` gives each caller its own space.

    `redis` is a URL; who gives it as `redis_url` shares its keys with other tests.
    """

    def __init__(self, data_dir: Path) -> None:
        self.installations = data_dir / "installations"  # gone with the servers
        found = connected(load(data_dir=data_dir, **_OWN_SERVERS))
        self.kafka = found.kafka_bootstrap_servers
        self.postgres = found.database_url.get_secret_value()
        self.redis = found.redis_url.get_secret_value()
        instance = read_instance(data_dir)
        self.influxdb = instance.influxdb if instance else ""
        self.influxdb_token = instance.influxdb_token if instance else ""

    def settings(self, **overrides: Any) -> Settings:
        """Settings with a fresh topic prefix and a fresh, empty database; topics are not made."""
        name = f"t{uuid.uuid4().hex[:12]}"
        with psycopg.connect(self.postgres, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        own = {
            "kafka_bootstrap_servers": self.kafka,
            "database_url": self.postgres.rpartition("/")[0] + f"/{name}",
            "topic_prefix": f"{name}.",
            "kafka_session_timeout_seconds": 6.0,  # the least that brokers allow: many are killed
        }
        return load(**{**_OWN_SERVERS, **own, **overrides})

    def influx_settings(self, **overrides: Any) -> Settings:
        """The same with a bucket of its own in InfluxDB. Skips the test where there is none."""
        if not self.influxdb:
            pytest.skip("no influxd: set INFLUXD_BINARY, or put one on PATH")
        own = {
            "influxdb_enabled": True,
            "influxdb_url": self.influxdb,
            "influxdb_token": self.influxdb_token,
            "influxdb_bucket": f"t{uuid.uuid4().hex[:12]}",
        }
        return self.settings(**{**own, **overrides})


def influxd() -> Path | None:
    """The influxd that tests use: INFLUXD_BINARY, that on PATH, or one beside the checkout."""
    named = (os.environ.get("INFLUXD_BINARY"), shutil.which("influxd"))
    beside = [above / "shared/bin/influxd" for above in Path(__file__).resolve().parents]
    candidates = [*(Path(path) for path in named if path), *beside]
    return next((path for path in candidates if path.exists()), None)


def directory_of(watched: int) -> Path:
    """The data directory of the run whose pytest has this pid. Any user may cross its parents."""
    return Path(tempfile.gettempdir()) / f"foreshock-tests-{watched}"


def running_stack(watched: int) -> RunningStack:
    """The servers of the run; started by whoever asks first. Raises RuntimeError when they fail."""
    directory = directory_of(watched)
    with directory.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (directory / "ready").exists():
            _start_keeper(directory, watched)
    return RunningStack(directory)


def _start_keeper(directory: Path, watched: int) -> None:
    log = directory.with_suffix(".log")
    with log.open("wb") as errors:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "tests.stack", str(directory), str(watched)],
            env=child_environment(PYTHONPATH=str(Path(__file__).parents[1])),
            stderr=errors,
            start_new_session=True,  # not ended with the worker that started it
        )
    _keepers.append(keeper)
    deadline = time.monotonic() + _START_SECONDS
    while not (directory / "ready").exists():
        if keeper.poll() is not None or time.monotonic() > deadline:
            keeper.kill()
            raise RuntimeError(f"the test servers did not start:\n{log.read_text()}")
        time.sleep(0.05)


def stop_stack(watched: int) -> None:
    """Stops the servers of a run, if any were started, and removes what they wrote."""
    directory = directory_of(watched)
    ready = directory / "ready"
    if ready.exists():
        keeper = int(ready.read_text())
        os.kill(keeper, signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        while identify(keeper) and time.monotonic() < deadline:
            time.sleep(0.05)
    _remove(directory)


def _remove(directory: Path) -> None:
    shutil.rmtree(directory, ignore_errors=True)
    for suffix in (".lock", ".log"):
        directory.with_suffix(suffix).unlink(missing_ok=True)


def _keep(directory: Path, watched: int) -> None:
    """The keeper's whole life."""
    identity = identify(watched)

    def end_with_the_watched() -> None:
        while identity and is_alive(identity):
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=end_with_the_watched, daemon=True).start()
    own = {**_OWN_SERVERS, "influxdb_enabled": influxd() is not None, "influxd_binary": influxd()}
    settings = load(data_dir=directory, fsync=False, **own)

    def ready(_reached: Settings) -> None:
        (directory / "ready").write_text(str(os.getpid()))

    run(settings, ready, view=lambda _part, _line: None, compose=servers)
    _remove(directory)


if __name__ == "__main__":
    _keep(Path(sys.argv[1]), int(sys.argv[2]))
