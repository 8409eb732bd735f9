"""Loopback ports: chosen once, remembered in the data directory, so that clients reconnect.

They are taken from below the range of outgoing connections. A port from that range could be given
to a stranger while its server restarts, and a client that retries it could connect to itself.
"""

import json
import random
import socket
from pathlib import Path

from connectors.embedded.atomic import write_private
from connectors.embedded.refusals import refused_for
from schemas.errors import UserError

LOOPBACK = "127.0.0.1"
_RANGE = range(20_000, 30_000)


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def remembered_port(file: Path, name: str) -> int:
    """The port of a part: the one in `file` while it is free, else a new one, kept for next time.

    Raises UserError when `file` cannot be read or written.
    """
    with refused_for(file):
        return _remembered(file, name)


def _remembered(file: Path, name: str) -> int:
    known = _known(file) if file.exists() else {}
    if name in known and is_free(known[name]):
        return known[name]
    taken = set(known.values())
    candidates = random.sample(_RANGE, k=len(_RANGE))
    known[name] = next(port for port in candidates if port not in taken and is_free(port))
    write_private(file, json.dumps(known, indent=2) + "\n")
    return known[name]


def _known(file: Path) -> dict[str, int]:
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
        return {str(name): int(port) for name, port in known.items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise UserError(
            f"{file} does not say which part listens where",
            "delete it: other ports are chosen then, and addresses of clients change",
        ) from error
