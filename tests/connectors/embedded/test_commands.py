"""The commands on a whole instance, with its own or outside servers."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from connectors.embedded.processes import is_alive
from connectors.instance import connected, read_instance
from schemas.errors import UserError
from schemas.settings import as_environment, child_environment, load
from schemas.topics import TOPICS
from tests.stack import RunningStack

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("commands")]


def foreshock(data_dir: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "connectors.cli", "--data", str(data_dir), *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="module")
def instance() -> Iterator[Path]:
    """The data directory of an instance that `up --detach` started."""
    top = Path(tempfile.gettempdir()) / f"foreshock-commands-{os.getpid()}"  # anybody may cross it
    top.mkdir(mode=0o755)
    data_dir = top / "data"
    answer = foreshock(data_dir, "up", "--detach", "--workers", "2")
    assert answer.returncode == 0, answer.stderr
    (top / "said").write_text(answer.stdout)
    yield data_dir
    if read_instance(data_dir):
        foreshock(data_dir, "down")
    shutil.rmtree(top)


def status_when_ready(data_dir: Path) -> dict[str, Any]:
    """Workers that join later send the others back to "rebalancing" for a moment."""
    for _attempt in range(10):
        answer = foreshock(data_dir, "status", "--json")
        if answer.returncode == 0:
            break
    assert answer.returncode == 0, answer.stdout + answer.stderr
    told: dict[str, Any] = json.loads(answer.stdout)
    return told


def test_status_shows_every_part_and_addresses_that_connect(instance: Path) -> None:
    told = status_when_ready(instance)
    names = [part["name"] for part in told["parts"]]
    assert names == [
        *("kafka", "postgres", "valkey"),
        *("ingest-1", "ingest-2", "persist-1", "metrics-1", "respond-1"),
        *("api", "pollers", "ui"),
    ]
    for part in told["parts"]:
        assert part["pid"] > 0
        assert part["uptime_s"] > 0
        assert part["rss_bytes"] > 1_000_000
        assert part["restarts"] >= 0
    assert told["kafka"] == f"127.0.0.1:{told['parts'][0]['port']}"
    with psycopg.connect(told["postgres"]) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == ("foreshock",)
    assert told["redis"] == f"redis://127.0.0.1:{told['parts'][2]['port']}/0"


def test_topics_are_there_with_their_figures(instance: Path) -> None:
    rows = json.loads(foreshock(instance, "topics", "--json").stdout)
    assert [row["name"] for row in rows] == [topic.name for topic in TOPICS]
    assert all(row["exists"] and row["records"] == 0 for row in rows if row["name"] != "patterns")


def test_other_commands_find_the_instance(instance: Path) -> None:
    found = connected(load(data_dir=instance, _env_file=None))
    told = read_instance(instance)
    assert told is not None
    assert found.kafka_bootstrap_servers == told.kafka
    assert found.database_url.get_secret_value() == told.postgres


def test_the_api_is_where_status_says_with_the_key_that_it_names(instance: Path) -> None:
    url = status_when_ready(instance)["api"]
    file = instance / "api.key"
    people = foreshock(instance, "status").stdout
    assert f"API {url}; its key is in {file}" in people.replace("\n", "")
    key = file.read_text().strip()
    assert key not in people
    answer = httpx.post(
        f"{url}/webhooks/generic", content=b"a line", headers={"X-API-Key": key}, verify=False
    )
    assert answer.status_code == 202


def test_the_first_start_says_how_to_log_in(instance: Path) -> None:
    url = status_when_ready(instance)["api"]
    login = json.loads((instance / "admin.login.json").read_text())
    said = (instance.parent / "said").read_text()
    assert f"log in as admin with the password {login['password']} (kept in " in said
    answer = httpx.post(f"{url}/api/v1/auth/login", json=login, timeout=60, verify=False)
    assert answer.json()["user"]["role"] == "admin"
    people = foreshock(instance, "status").stdout
    assert f"log in as admin with the password in {instance / 'admin.login.json'}" in people
    assert login["password"] not in people


def test_people_see_no_password(instance: Path) -> None:
    answer = foreshock(instance, "status")
    assert "postgres" in answer.stdout
    for name in ("postgres.password", "valkey/password"):
        assert (instance / name).read_text() not in answer.stdout + answer.stderr


def test_status_says_when_the_supervisor_is_dead_and_down_stops_the_rest(instance: Path) -> None:
    before = read_instance(instance)
    assert before is not None
    os.kill(before.supervisor.pid, signal.SIGKILL)
    answer = foreshock(instance, "status")
    assert answer.returncode == 1
    assert f"pid {before.supervisor.pid}) died" in answer.stderr
    assert foreshock(instance, "down").returncode == 0
    assert not any(is_alive(part.process) for part in before.parts if part.process)


def test_where_nothing_runs_commands_say_so(tmp_path: Path) -> None:
    status, down = foreshock(tmp_path, "status"), foreshock(tmp_path, "down")
    assert (status.returncode, down.returncode) == (3, 0)
    assert "nothing runs" in status.stderr
    assert "nothing runs" in down.stdout
    with pytest.raises(UserError, match="no instance runs") as raised:
        connected(load(data_dir=tmp_path, kafka_bootstrap_servers="", database_url=""))
    assert raised.value.remedy.endswith("foreshock up --detach")


def test_outside_servers_are_used_and_not_started(stack: RunningStack, tmp_path: Path) -> None:
    settings = stack.settings(topic_partitions=1, redis_url=stack.redis, redis_streams=[])
    command = [sys.executable, "-m", "connectors.cli", "--data", str(tmp_path / "data"), "up"]
    environment = child_environment(**as_environment(settings))
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        while not (line := process.stdout.readline()).startswith("ready"):
            assert line, "it ended"
        found = read_instance(tmp_path / "data")
        assert found is not None
        names = [part.name for part in found.parts]
        agents = ["ingest-1", "persist-1", "metrics-1", "respond-1"]
        assert names == [*agents, "api", "pollers", "ui"]
        process.send_signal(signal.SIGINT)
        assert "stopped" in process.stdout.read().splitlines()[-1]
    assert process.returncode == 0
    assert not any(is_alive(part.process) for part in found.parts if part.process)


def test_a_start_that_fails_says_why_and_leaves_nothing(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    command = [sys.executable, "-m", "connectors.cli", "--data", str(data_dir), "up", "--detach"]
    environment = child_environment(KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:9", DATABASE_URL=NOWHERE)
    answer = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert answer.returncode == 1
    assert "KAFKA_BOOTSTRAP_SERVERS 127.0.0.1:9: refuses the connection" in answer.stderr
    assert "secret" not in answer.stderr
    assert read_instance(data_dir) is None


NOWHERE = "postgresql://somebody:secret@127.0.0.1:9/nowhere"
