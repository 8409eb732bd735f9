"""Origins and networks as settings name them."""

import re
from ipaddress import ip_network


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
