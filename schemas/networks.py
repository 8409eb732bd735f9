"""Addresses and names as settings give them: brokers, databases, origins, networks, streams."""

import re
from collections.abc import Callable, Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, SecretStr

_STREAM_NAME_BYTES: Final = 200  # the name is part of the header `range`
_DATABASE_HOST: Final = re.compile(r"(\[[^\]]*\]|[^:\[\]]*)(:\d*)?")

_REDIS_HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.%]+\]|[^:\[\]]*)(:(?P<port>[0-9]{0,5}))?")
_LAST_PORT: Final = 65_535


def check_brokers(servers: str) -> str:
    """The same. Raises ValueError naming the one that is not host:port."""
    for server in filter(None, servers.split(",")):
        host, _, port = server.strip().rpartition(":")
        if not host or not port.isdigit():
            raise ValueError(f"{server.strip()!r} is not host:port")
    return servers


Brokers = Annotated[str, AfterValidator(check_brokers)]


def postgres_url(url: str) -> str:
    """The URL as our client reads it; "" stays. Raises ValueError, which quotes nothing of it."""
    # Other programs write their driver into the scheme: postgresql+asyncpg://
    url = re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql://", url)
    if url and not url.startswith("postgresql://"):
        raise ValueError("must start with postgresql://")
    # A bare / @ or : in the password shifts the rest, and a client would quote it in an error.
    wrong = "percent-encode the password; write postgresql://user:password@host/name"
    login, _, hosts = _parts(url, wrong).netloc.rpartition("@")
    if "@" in login or not all(map(_DATABASE_HOST.fullmatch, hosts.split(","))):
        raise ValueError(wrong)
    return url


def _parts(url: str, wrong: str) -> SplitResult:
    """Raises ValueError(wrong) where the library would quote what it cannot split."""
    try:
        return urlsplit(url)
    except ValueError:
        raise ValueError(wrong) from None


def redis_url(url: SecretStr) -> SecretStr:
    """The same. Raises ValueError, which quotes nothing of it, for what a client cannot read."""
    text = url.get_secret_value()
    if not text:
        return url
    if not text.startswith(("redis://", "rediss://")):
        raise ValueError("must start with redis:// or rediss://")
    # A bare / # ? @ or : in the password shifts the rest, and a client would quote it in an error.
    wrong = "percent-encode the password; write redis://user:password@host:port/db"
    parts = _parts(text, wrong)
    login, _, server = parts.netloc.rpartition("@")
    host = _REDIS_HOST.fullmatch(server)
    port = int(host["port"] or 0) if host else -1
    shifted = "@" in login + parts.query or parts.fragment
    if shifted or not 0 <= port <= _LAST_PORT or not re.fullmatch("/?[0-9]*/?", parts.path):
        raise ValueError(wrong)
    return url


RedisUrl = Annotated[SecretStr, AfterValidator(redis_url)]


def check_origins(origins: list[str]) -> list[str]:
    """The same origins. Raises ValueError naming the one that is none; `*` is any."""
    for origin in origins:
        if origin != "*" and not re.fullmatch(r"https?://[^/?#@\s]+", origin):
            raise ValueError(f"{origin!r} is not an origin: write https://host or * alone")
    return origins


def check_networks(networks: list[str]) -> list[str]:
    """The same addresses and networks. Raises ValueError naming the one that is none."""
    for network in networks:
        try:
            ip_network(network, strict=False)
        except ValueError as error:
            raise ValueError(f"{network!r} is neither an address nor a network") from error
    return networks


def check_protocol(protocol: str, sasl: Mapping[str, str], tls: Mapping[str, Path | None]) -> None:
    """What names a user or a certificate must be used by KAFKA_SECURITY_PROTOCOL, never silently
    left out. Both by the names of their settings. Raises ValueError naming the setting.
    """
    if protocol.startswith("SASL") and not all(sasl.values()):
        raise ValueError(f"KAFKA_SECURITY_PROTOCOL={protocol} needs {' and '.join(sasl)}")
    unused = (
        {} if protocol.startswith("SASL") else {"KAFKA_SASL_USERNAME": sasl["KAFKA_SASL_USERNAME"]}
    )
    if not protocol.endswith("SSL"):
        unused |= {
            name: str(path or "") for name, path in tls.items() if not name.endswith("KEYFILE")
        }
    for name in (name for name, value in unused.items() if value):
        raise ValueError(f"{name} is set, but KAFKA_SECURITY_PROTOCOL={protocol} has no use for it")
    if tls["KAFKA_SSL_KEYFILE"] and not tls["KAFKA_SSL_CERTFILE"]:
        raise ValueError("KAFKA_SSL_KEYFILE needs KAFKA_SSL_CERTFILE")


def check_streams(names: list[str]) -> list[str]:
    """The same names. Raises ValueError for one that we write, or that is too long."""
    for name in names:
        if name in {"patterns", "alerts"}:
            raise ValueError(f"{name!r} is written by us: it would come back as lines")
        if len(name.encode()) > _STREAM_NAME_BYTES:
            raise ValueError(f"{name[:20]!r}... is longer than {_STREAM_NAME_BYTES} bytes")
    return names


# By the setting whose list it checks.
CHECKS: Final[Mapping[str, Callable[[list[str]], list[str]]]] = {
    "redis_streams": check_streams,
    "allowed_origins": check_origins,
    "trusted_proxies": check_networks,
}
