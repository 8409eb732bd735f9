"""A Kafka and a Postgres as other people run them: TLS, certificates of both sides, passwords.

Nothing of the embedded broker's configuration is used here, only its jars: properties, users and
certificates are written from scratch, as an administrator would. The binaries of the embedded
Postgres cannot do TLS, so a front ends it before them, as many installations do.
"""

import asyncio
import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

import trustme
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from connectors.embedded.jars import checked_jars
from connectors.embedded.java import find_java
from connectors.embedded.ports import LOOPBACK, remembered_port
from connectors.kafka import client_options
from schemas.settings import Settings, load, user_cache

USER, PASSWORD = "foreshock", "correct horse=battery@staple"
_START_SECONDS = 60.0
_SSL_REQUEST = bytes.fromhex("0000000804d2162f")  # how a client of Postgres asks for TLS

_PROPERTIES = """\
process.roles=broker,controller
node.id=7
controller.quorum.voters=7@{host}:{controller}
listeners=SASL://{host}:{sasl},MUTUAL://{host}:{mutual},INSIDE://{host}:{inside},\
LOST://{host}:{lost},CONTROLLER://{host}:{controller}
advertised.listeners=SASL://{host}:{sasl},MUTUAL://{host}:{mutual},INSIDE://{host}:{inside},\
LOST://{host}:1
controller.listener.names=CONTROLLER
inter.broker.listener.name=INSIDE
listener.security.protocol.map=CONTROLLER:PLAINTEXT,INSIDE:PLAINTEXT,LOST:PLAINTEXT,\
SASL:SASL_SSL,MUTUAL:SSL
sasl.enabled.mechanisms=SCRAM-SHA-512,PLAIN
listener.name.sasl.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.sasl.plain.sasl.jaas.config=\
org.apache.kafka.common.security.plain.PlainLoginModule required user_{user}="{password}";
ssl.keystore.type=PEM
ssl.keystore.location={server}
ssl.truststore.type=PEM
ssl.truststore.location={authority}
listener.name.mutual.ssl.client.auth=required
log.dirs={topics}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
"""


@dataclass(frozen=True)
class Outside:
    """Addresses (host:port) of the listeners by what they ask for, and the files of a client.

    `lost` tells its clients to go on to a port where nothing listens.
    """

    sasl: str
    mutual: str
    inside: str
    lost: str
    authority: Path
    stranger: Path  # an authority that signed nothing here
    certificate: Path
    key: Path
    server: Path  # certificate and key of the servers

    def scram(self) -> dict[str, str]:
        """The settings of a user with a password."""
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.sasl,
            "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
            "KAFKA_SASL_USERNAME": USER,
            "KAFKA_SASL_PASSWORD": PASSWORD,
            "KAFKA_SSL_CAFILE": str(self.authority),
        }

    def certified(self) -> dict[str, str]:
        """The settings of a client with a certificate."""
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.mutual,
            "KAFKA_SECURITY_PROTOCOL": "SSL",
            "KAFKA_SSL_CAFILE": str(self.authority),
            "KAFKA_SSL_CERTFILE": str(self.certificate),
            "KAFKA_SSL_KEYFILE": str(self.key),
        }


@contextmanager
def outside_kafka(directory: Path) -> Iterator[Outside]:
    """A broker that others run, in `directory`; it ends with the block."""
    names = ("sasl", "mutual", "inside", "lost", "controller")
    ports = {name: remembered_port(directory / "ports.json", name) for name in names}
    outside = _with_files(directory, {name: f"{LOOPBACK}:{port}" for name, port in ports.items()})
    properties = directory / "server.properties"
    properties.write_text(
        _PROPERTIES.format(
            **ports,
            host=LOOPBACK,
            user=USER,
            password=PASSWORD,
            server=outside.server,
            authority=outside.authority,
            topics=directory / "topics",
        )
    )
    jars = ":".join(map(str, checked_jars(user_cache())))
    java = [str(find_java()), "-Xmx384m", "-XX:TieredStopAtLevel=1", "-cp", jars]
    user = f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"
    tool = ["kafka.tools.StorageTool", "format", "--cluster-id", "b3V0c2lkZS1rYWZrYS10ZQ"]
    subprocess.run(
        [*java, *tool, "--config", str(properties), "--add-scram", user],
        check=True,
        capture_output=True,
    )
    with (directory / "kafka.log").open("wb") as log:
        broker = subprocess.Popen(
            [*java, "kafka.Kafka", str(properties)], stdout=log, stderr=log, start_new_session=True
        )
    try:
        _await(load(kafka_bootstrap_servers=outside.inside, _env_file=None), broker, log.name)
        yield outside
    finally:
        broker.kill()
        broker.wait()
        shutil.rmtree(directory / "topics", ignore_errors=True)


def _await(settings: Settings, broker: subprocess.Popen[bytes], log: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not asyncio.run(_answers(settings)):
        if broker.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(Path(log).read_text()[-5000:])
        time.sleep(0.1)


async def _answers(settings: Settings) -> bool:
    admin = AIOKafkaAdminClient(**client_options(settings))
    try:
        await admin.start()
        await admin.list_topics()
    except (KafkaError, OSError):
        return False
    finally:
        await admin.close()
    return True


def _with_files(directory: Path, addresses: dict[str, str]) -> Outside:
    authority, stranger = trustme.CA(), trustme.CA()
    server = authority.issue_cert(LOOPBACK)
    client = authority.issue_cert("foreshock.clients")
    found = Outside(
        sasl=addresses["sasl"],
        mutual=addresses["mutual"],
        inside=addresses["inside"],
        lost=addresses["lost"],
        authority=directory / "authority.pem",
        stranger=directory / "stranger.pem",
        certificate=directory / "client.pem",
        key=directory / "client.key",
        server=directory / "server.pem",
    )
    authority.cert_pem.write_to_path(str(found.authority))
    stranger.cert_pem.write_to_path(str(found.stranger))
    found.certificate.write_bytes(b"".join(blob.bytes() for blob in client.cert_chain_pems))
    found.key.write_bytes(_pkcs8(client))
    found.server.write_bytes(
        _pkcs8(server) + b"".join(blob.bytes() for blob in server.cert_chain_pems)
    )
    return found


def _pkcs8(issued: trustme.LeafCert) -> bytes:
    """The one form of a key that Kafka reads."""
    key = load_pem_private_key(issued.private_key_pem.bytes(), password=None)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@contextmanager
def tls_front(server: Path, behind: int) -> Iterator[int]:
    """Its port: TLS (and nothing else) in front of the Postgres on the port `behind`."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(server)
    ready: Queue[tuple[int, Callable[[], object]]] = Queue()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(context, behind, ready)))
    thread.start()
    port, stop = ready.get(timeout=_START_SECONDS)
    try:
        yield port
    finally:
        stop()
        thread.join()


async def _serve(
    context: ssl.SSLContext, behind: int, ready: "Queue[tuple[int, Callable[[], object]]]"
) -> None:
    stopped = asyncio.Event()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if await reader.readexactly(len(_SSL_REQUEST)) == _SSL_REQUEST:
                writer.write(b"S")
                await writer.start_tls(context)
                back = await asyncio.open_connection(LOOPBACK, behind)
                await asyncio.gather(_pump(reader, back[1]), _pump(back[0], writer))
        except (OSError, EOFError):
            pass  # a client that does not trust us hangs up
        finally:
            writer.close()

    listening = await asyncio.start_server(accept, LOOPBACK, 0)
    loop = asyncio.get_running_loop()
    port = listening.sockets[0].getsockname()[1]
    ready.put((port, lambda: loop.call_soon_threadsafe(stopped.set)))
    await stopped.wait()
    listening.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass  # either side may end in the middle
    finally:
        writer.close()
