"""How long somebody must wait after wrong passwords: longer and longer, but never for good."""

import ipaddress
from typing import Final

_FREE: Final = 4  # so many are typing errors
_LONGEST_SECONDS: Final = 60.0
_NET: Final = 64  # bits of an IPv6 address that a provider gives to one household


def wait_after(failures: int, seconds_ago: float) -> float:
    """How many seconds remain, of the last of `failures` wrong passwords; 0: try now.

    Pure. 1 s after the fifth, then doubled each time, up to a minute.
    """
    if failures <= _FREE:
        return 0.0
    delay = min(2.0 ** min(failures - _FREE - 1, 10), _LONGEST_SECONDS)
    return max(delay - seconds_ago, 0.0)


def neighbourhood(address: str) -> str:
    """Whose failures count together: an IPv4 address, or the net of an IPv6 one."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:100]
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, _NET), strict=False).network_address)
    return str(found)
