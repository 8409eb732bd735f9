"""The one client of tests that look again and again whether a server is there.

A client of its own for each look would read the machine's certificates each time, which takes
longer than the look. It keeps no connection: the server may be another one next time.
"""

import httpx

looking = httpx.Client(
    timeout=5, verify=False, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0)
)


def answers(url: str) -> bool:
    """Whether a GET of it is answered with 200."""
    try:
        return looking.get(url).status_code == 200
    except httpx.TransportError:
        return False
