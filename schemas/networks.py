"""Addresses as settings name them: brokers, a database, origins, networks."""

import re
from ipaddress import ip_network
from typing import Final
from urllib.parse import urlsplit

_DATABASE_HOST: Final = re.compile(r"(\[[^\]]*\]|[^:\[\]]*)(:\d*)?")


def check_brokers(servers: str) -> str:
    """The same. Raises ValueError naming the one that is not host:port."""
    for server in filter(None, servers.split(",")):
        host, _, port = server.strip().rpartition(":")
        if not host or not port.isdigit():
            raise ValueError(f"{server.strip()!r} is not host:port")
    return servers


def postgres_url(url: str) -> str:
    """The URL as our client reads it; "" stays. Raises ValueError, which quotes nothing of it."""
    # Other programs write their driver into the scheme: postgresql+asyncpg://
    url = re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql://", url)
    if url and not url.startswith("postgresql://"):
        raise ValueError("must start with postgresql://")
    # A bare / @ or : in the password shifts the rest, and a client would quote it in an error.
    login, _, hosts = urlsplit(url).netloc.rpartition("@")
    if "@" in login or not all(map(_DATABASE_HOST.fullmatch, hosts.split(","))):
        raise ValueError("percent-encode the password; write postgresql://user:password@host/name")
    return url


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
