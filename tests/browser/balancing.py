"""A plain proxy: whole connections, each to the next server in turn, past those that are away."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count

from tests.browser.serving import free_port

_CHUNK = 65_536


@contextmanager
def balancing(*ports: int) -> Iterator[str]:
    """The URL of a proxy before servers on these ports of this machine, while the block runs."""
    port = free_port()
    with socket.create_server(("127.0.0.1", port), backlog=256) as server:
        thread = threading.Thread(target=_accept, args=(server, ports), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{port}"
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)  # or the thread waits for ever
    thread.join()


def _accept(server: socket.socket, ports: tuple[int, ...]) -> None:
    for turn in count():
        try:
            client, _ = server.accept()
        except OSError:
            return
        threading.Thread(target=_serve, args=(client, ports, turn), daemon=True).start()


def _serve(client: socket.socket, ports: tuple[int, ...], turn: int) -> None:
    """One connection; closed at once when no server is there."""
    with client:
        for n in range(len(ports)):
            with suppress(ConnectionError):
                upstream = socket.create_connection(("127.0.0.1", ports[(turn + n) % len(ports)]))
                break
        else:
            return
        with upstream:
            back = threading.Thread(target=_pour, args=(upstream, client), daemon=True)
            back.start()
            _pour(client, upstream)
            back.join()


def _pour(one: socket.socket, other: socket.socket) -> None:
    """Until either side is done; the other is told."""
    with suppress(OSError):
        while data := one.recv(_CHUNK):
            other.sendall(data)
    for side in (one, other):
        with suppress(OSError):
            side.shutdown(socket.SHUT_RDWR)
