"""A server that may be cut off: a door before it that a test closes and opens again."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from connectors.embedded.ports import LOOPBACK


class Front:
    """Passes connections on to a port of this machine; `cut` ends them, and every new one."""

    def __init__(self, behind: int) -> None:
        self._behind = behind
        self._listening = socket.create_server((LOOPBACK, 0))
        self._open: list[socket.socket] = []
        self._is_cut = False
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """From now on nobody gets through."""
        self._is_cut = True
        for one in self._open:
            _end(one)

    def restore(self) -> None:
        """As before."""
        self._is_cut = False

    def close(self) -> None:
        """For good."""
        self.cut()
        _end(self._listening)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            if self._is_cut:
                _end(client)
                continue
            server = socket.create_connection((LOOPBACK, self._behind))
            self._open += [client, server]
            for way in ((client, server), (server, client)):
                threading.Thread(target=_pump, args=way, daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
    _end(source)
    _end(sink)


def _end(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


@contextmanager
def front(behind: int) -> Iterator[Front]:
    """A door before the port `behind` while the block runs."""
    door = Front(behind)
    try:
        yield door
    finally:
        door.close()
