"""The embedded broker: Apache Kafka, KRaft, one node, loopback only, sized for a laptop."""

import base64
import json
import subprocess
import uuid
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from connectors.connecting import connected
from connectors.embedded.atomic import write_private
from connectors.embedded.directory import Directory
from connectors.embedded.jars import checked_jars, locked_jars
from connectors.embedded.java import find_java
from connectors.embedded.part import Part, Server
from connectors.embedded.ports import LOOPBACK, remembered_port
from schemas.errors import UserError

# The client compiler alone: starts a third faster, and the broker mostly moves bytes.
_JAVA_OPTIONS = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData")
_HEAP = ("-Xms64m", "-Xmx384m")
_LOG_OPTIONS = (
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss,SSS",
    "-Dorg.slf4j.simpleLogger.showThreadName=false",
)
_ENVIRONMENT = {"LC_ALL": "C.UTF-8", "TZ": "UTC"}
_PROBE_SECONDS = 5.0

_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller}
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller}
advertised.listeners=PLAINTEXT://{host}:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={topics}
auto.create.topics.enable=false
num.partitions=12
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
# After kill -9 the node waits until its own old session ended: 3 s of that, not 9.
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
# Small: one machine, few clients.
num.network.threads=2
num.io.threads=4
log.cleaner.dedupe.buffer.size=33554432
# The disk budget is kept to the minute, not to the default five.
log.retention.check.interval.ms=60000
"""


def kafka_server(directory: Directory, cache: Path) -> Server:
    """The broker of a data directory; its jars are on disk and checked when this returns.

    Raises UserError when Java or a jar cannot be had, or the broker cannot use the directory.
    """
    java, jars = find_java(), checked_jars(cache)
    port = remembered_port(directory.ports, "kafka")
    controller = remembered_port(directory.ports, "kafka_controller")
    topics, properties = directory.kafka / "topics", directory.kafka / "server.properties"
    text = _PROPERTIES.format(
        host=LOOPBACK, port=port, controller=controller, topics=log_dirs(topics)
    )
    write_private(properties, text)
    classpath = ("-cp", ":".join(map(str, jars)))
    address = f"{LOOPBACK}:{port}"
    format_command = (str(java), *_JAVA_OPTIONS, *classpath, "kafka.tools.StorageTool", "format")
    part = Part(
        name="kafka",
        version=next(jar.version for jar in locked_jars() if jar.group == "org.apache.kafka"),
        command=(
            *(str(java), *_HEAP, *_JAVA_OPTIONS, *_LOG_OPTIONS, *classpath),
            *("kafka.Kafka", str(properties)),
        ),
        environment=_ENVIRONMENT,
        port=port,
        prepare=lambda: _format(format_command, topics, properties),
        probe=lambda: _probe(address),
    )
    return Server(part, address)


def log_dirs(topics: Path) -> str:
    """The directory as the broker's configuration names it: in Latin-1 with escapes, in a list.

    Raises UserError when a list would tear it apart.
    """
    if "," in str(topics):
        raise UserError(
            f"Kafka cannot use {topics}: it would read two directories",
            "choose a directory without a comma with --data DIR",
        )
    return json.dumps(str(topics))[1:-1]  # the same escapes, for whatever a path may hold


def _cluster_id() -> str:
    """22 URL-safe characters; never a dash in front, which the tool would take for an option."""
    while (found := base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("="))[0] == "-":
        continue
    return found


def _format(command: tuple[str, ...], topics: Path, properties: Path) -> None:
    """Gives a new broker its identity; nothing when it has one."""
    if (topics / "meta.properties").exists():
        return
    cluster = _cluster_id()
    answer = subprocess.run(
        [*command, "--cluster-id", cluster, "--config", str(properties), "--ignore-formatted"],
        env=_ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,  # a Ctrl-C is for the supervisor, which waits for this second
    )
    if answer.returncode:
        last = (answer.stderr.strip() or answer.stdout.strip() or "no output").splitlines()[-1]
        raise UserError(f"Kafka cannot use {topics}: {last}", "free the directory, or restore it")


async def _probe(address: str) -> str:
    """Ready means that the controller answers what topics there are."""
    admin = AIOKafkaAdminClient(
        bootstrap_servers=address, request_timeout_ms=int(_PROBE_SECONDS * 1000)
    )
    try:
        await connected(admin.start())
        await admin.list_topics()
    except (KafkaError, OSError) as error:
        return f"does not answer on {address}: {type(error).__name__}"
    finally:
        await admin.close()
    return ""
