"""Asks the servers that the settings name once, before anything relies on them.

Clients of Kafka hide why they cannot connect behind "unable to bootstrap", and go on trying. Here
each fault is said once, with the setting it comes from and what to do; never with a secret.
"""

import asyncio
import logging
import socket
import ssl
from typing import Any, Final

import psycopg
from aiokafka import errors
from aiokafka.client import AIOKafkaClient
from aiokafka.conn import create_conn
from aiokafka.errors import KafkaError

from connectors.connecting import connected
from connectors.kafka import client_options, security_options, servers
from schemas.errors import Unavailable, UserError
from schemas.settings import Settings

_SECONDS: Final = 8.0
_CLOSE_SECONDS: Final = 0.2
_ADDRESS: Final = "correct the address, or see why nothing answers there"

Fault = tuple[str, str]  # what is wrong, what to do


def reach_named(settings: Settings) -> None:
    """Asks each outside server that is named; the embedded ones have their own readiness.

    Raises UserError naming the setting.
    """
    if settings.kafka_bootstrap_servers:
        reach_kafka(settings)
    if settings.database_url.get_secret_value():
        reach_postgres(settings)


def reach_kafka(settings: Settings) -> None:
    """Returns when one of KAFKA_BOOTSTRAP_SERVERS lets us in, and a broker that it names, too.

    Raises UserError after 16 s at the most.
    """
    # The client tells each failed attempt on its own; we say the one that matters.
    log = logging.getLogger("aiokafka")
    before = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        asyncio.run(_reach_kafka(settings))
    finally:
        log.setLevel(before)


async def _reach_kafka(settings: Settings) -> None:
    options = security_options(settings)
    named = servers(settings)
    faults = await asyncio.gather(*(_connect(server, options) for server in named))
    if all(faults):
        what, remedy = kafka_fault(faults[0], settings)
        raise UserError(f"KAFKA_BOOTSTRAP_SERVERS {named[0]}: {what}", remedy) from faults[0]
    advertised = await _advertised(settings)
    faults = await asyncio.gather(*(_connect(server, options) for server in advertised))
    if faults and all(faults):
        what, _ = kafka_fault(faults[0], settings)
        raise UserError(
            f"KAFKA_BOOTSTRAP_SERVERS {named[0]}: answers, but sends its clients on to"
            f" {advertised[0]}: {what}",
            "let the broker's advertised.listeners name an address that this machine can reach",
        ) from faults[0]


async def _connect(server: str, options: dict[str, Any]) -> BaseException | None:
    """Why the server does not let us in; None when it does."""
    host, _, port = server.rpartition(":")
    try:
        async with asyncio.timeout(_SECONDS):
            connection = await create_conn(
                host.strip("[]"), int(port), request_timeout_ms=int(_SECONDS * 1000), **options
            )
        connection.close()
    except (OSError, KafkaError, ValueError) as error:
        return error
    finally:  # also of an attempt that failed: a socket, of TLS above all, is closed a little later
        await asyncio.sleep(_CLOSE_SECONDS)
    return None


async def _advertised(settings: Settings) -> list[str]:
    """The addresses under which the brokers want to be reached."""
    client = AIOKafkaClient(**client_options(settings), request_timeout_ms=int(_SECONDS * 1000))
    try:
        async with asyncio.timeout(_SECONDS):
            await connected(client.bootstrap())
        return [f"{broker.host}:{broker.port}" for broker in client.cluster.brokers()]
    except (OSError, KafkaError):
        return []  # it went away meanwhile: whoever needs it will say so
    finally:
        await client.close()


def reach_influxdb(settings: Settings) -> None:
    """Returns when INFLUXDB_URL lets us in and has our bucket, which is made where it is missing.

    Raises UserError after 8 s at the most.
    """
    asyncio.run(_reach_influxdb(settings))


async def _reach_influxdb(settings: Settings) -> None:
    # Loaded here: its client takes a second, and most installations have none.
    from connectors.stores.history.influx import open_influx

    try:
        async with asyncio.timeout(_SECONDS), open_influx(settings):
            return
    except TimeoutError as error:
        what = f"{settings.influxdb_url} {_no_connection(error)}"
        raise UserError(f"INFLUXDB_URL: {what}", _ADDRESS) from error
    except Unavailable as error:
        raise UserError(f"INFLUXDB_URL: {error}", _ADDRESS) from error


def kafka_fault(error: BaseException | None, settings: Settings) -> Fault:
    """What a failed attempt to connect means in terms of our settings. Pure."""
    protocol, mechanism = settings.kafka_security_protocol, settings.kafka_sasl_mechanism
    if isinstance(error, errors.UnsupportedSaslMechanismError):
        return f"does not take KAFKA_SASL_MECHANISM={mechanism}", "set one that it offers"
    if isinstance(error, (errors.SaslAuthenticationFailed, errors.AuthenticationFailedError)):
        return (
            f"refuses KAFKA_SASL_USERNAME or KAFKA_SASL_PASSWORD ({mechanism})",
            "correct them; KAFKA_SASL_MECHANISM must be the one the user was made for",
        )
    if isinstance(error, ssl.SSLError):
        return _tls_fault(error)
    if isinstance(error, (errors.IllegalSaslStateError, KafkaError, ConnectionResetError)):
        return (
            f"closes the connection of KAFKA_SECURITY_PROTOCOL={protocol}",
            "set the protocol of that listener; one that asks for a client's certificate also"
            " needs KAFKA_SSL_CERTFILE and KAFKA_SSL_KEYFILE",
        )
    return _no_connection(error), _ADDRESS


def _tls_fault(error: ssl.SSLError) -> Fault:
    if isinstance(error, ssl.SSLCertVerificationError):
        said = error.verify_message
        if "mismatch" in said:
            return (
                f"its certificate is for another name ({said})",
                "write the server in KAFKA_BOOTSTRAP_SERVERS as its certificate names it",
            )
        return (
            f"its certificate is not trusted ({said})",
            "set KAFKA_SSL_CAFILE to the authority that signed it, in PEM",
        )
    return (
        f"does not complete TLS ({error.reason or error})",
        "set KAFKA_SECURITY_PROTOCOL to that of the listener; one that asks for a client's"
        " certificate also needs KAFKA_SSL_CERTFILE and KAFKA_SSL_KEYFILE",
    )


def _no_connection(error: BaseException | None) -> str:
    if isinstance(error, socket.gaierror):
        return "no such host"
    if isinstance(error, TimeoutError):
        return f"does not answer within {_SECONDS:g} s"
    if isinstance(error, ConnectionRefusedError):
        return "refuses the connection: nothing listens there"
    return str(error) or type(error).__name__


def reach_postgres(settings: Settings) -> None:
    """Returns when DATABASE_URL lets us in. Raises UserError after 8 s a host at the most."""
    try:
        psycopg.connect(
            settings.database_url.get_secret_value(), connect_timeout=int(_SECONDS)
        ).close()
    except psycopg.ProgrammingError as error:  # its text would quote parts of the URL
        raise UserError(
            "DATABASE_URL: cannot be understood",
            "write postgresql://user:password@host:port/name; percent-encode the password",
        ) from error
    except psycopg.Error as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise UserError(
            f"DATABASE_URL: {lines[-1].strip()}", postgres_remedy(str(error))
        ) from error


_REMEDIES: Final = (
    ("password authentication failed", "correct the user and the password in it"),
    ("no password supplied", "write the password into it, percent-encoded"),
    ("does not exist", "create it there, or correct the name; the server itself answers"),
    ("does not support SSL", "the server has no TLS: turn it on there, or set sslmode=disable"),
    ("certificate", "set sslrootcert in it to the authority that signed the server's certificate"),
    ("SSL", "set sslmode in it as the server asks for it"),
    ("pg_hba.conf", "let this machine and user in there, with the sslmode that it asks for"),
    ("translate host name", "correct the host in it"),
)


def postgres_remedy(said: str) -> str:
    """What to do about what the client library said. Pure."""
    for part, remedy in _REMEDIES:
        if part in said:
            return remedy
    return "correct host and port in it, or see why nothing answers there"
