"""The machines of the shop, and what runs on them."""

from typing import Final, NamedTuple


class Host(NamedTuple):
    """A machine: its address, its service, and how busy it is at ordinary traffic.

    `cpu`, `memory`, `disk` in percent; `traffic` in bytes/s of its network card; `cores`.
    `modern`: its system log is RFC 5424, else RFC 3164.
    """

    name: str
    address: str
    service: str
    cpu: float
    memory: float
    disk: float
    traffic: float
    cores: int
    modern: bool = False


class Stream(NamedTuple):
    """Lines that one program on one host writes; `service` "" is the host's system log."""

    host: str
    service: str


HOSTS: Final = (
    Host("edge-1", "10.20.0.10", "haproxy", 18, 31, 34, 42e4, 4),
    Host("web-1", "10.20.1.11", "nginx", 27, 42, 41, 21e4, 4),
    Host("web-2", "10.20.1.12", "nginx", 26, 44, 39, 20e4, 4),
    Host("api-1", "10.20.2.21", "shop-api", 38, 57, 46, 15e4, 8),
    Host("api-2", "10.20.2.22", "shop-api", 37, 55, 44, 15e4, 8),
    Host("api-3", "10.20.2.23", "shop-api", 39, 58, 45, 14e4, 8),
    Host("auth-1", "10.20.2.31", "accounts", 16, 36, 28, 4e4, 2, modern=True),
    Host("db-1", "10.20.3.41", "postgres", 33, 68, 52, 28e4, 16),
    Host("cache-1", "10.20.3.51", "redis", 12, 48, 22, 18e4, 4),
    Host("mq-1", "10.20.3.61", "rabbitmq", 14, 39, 30, 6e4, 4, modern=True),
    Host("worker-1", "10.20.4.71", "fulfilment", 29, 51, 48, 5e4, 4, modern=True),
    Host("switch-1", "10.20.0.2", "switch", 9, 33, 0, 0, 1),
)
BY_NAME: Final = {host.name: host for host in HOSTS}
SERVERS: Final = tuple(host for host in HOSTS if host.service != "switch")
EDGE: Final = "edge-1"
WEBS: Final = ("web-1", "web-2")
APIS: Final = ("api-1", "api-2", "api-3")
AUTH: Final = "auth-1"
DATABASE: Final = "db-1"
CACHE: Final = "cache-1"
QUEUE: Final = "mq-1"
WORKER: Final = "worker-1"
SWITCH: Final = "switch-1"

# Where the switch's ports lead to; the uplink leads out.
UPLINK: Final = "Gi1/0/24"
PORTS: Final = {"Gi1/0/1": EDGE, "Gi1/0/7": "web-2", "Gi1/0/12": DATABASE, UPLINK: EDGE}
