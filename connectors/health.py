"""The health page of a process without an API: GET /health and GET /metrics on loopback.

Served by a thread of its own, so that it answers while an event loop is busy and fits into any
loop. The reason comes from a function, asked at each request.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from schemas.errors import UserError

Fault = Callable[[], str]

_REQUEST_SECONDS: Final = 5  # a silent client must not hold a thread for ever


@contextmanager
def health_page(port: int, fault: Fault) -> Iterator[None]:
    """Serve 127.0.0.1:`port` while the block runs; port 0 serves nothing.

    `fault` returns why the process is not ready, "" when it is; it is called from another thread.
    /health answers {"ready", "reason"} with 200 or 503, /metrics the Prometheus text. Raises
    UserError when the port is taken.
    """
    if port == 0:
        yield
        return
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), _handler(fault))
    except OSError as error:
        raise UserError(
            f"health page: port {port} cannot be opened: {error.strerror}",
            "set HEALTH_PORT to a free port, or to 0 for none",
        ) from error
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="health", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(fault: Fault) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _REQUEST_SECONDS

        def do_GET(self) -> None:
            if self.path == "/health":
                reason = fault()
                body = json.dumps({"ready": not reason, "reason": reason}).encode()
                self._answer(503 if reason else 200, "application/json", body)
            elif self.path == "/metrics":
                self._answer(200, CONTENT_TYPE_LATEST, generate_latest())
            else:
                self._answer(404, "text/plain", b"only /health and /metrics\n")

        def _answer(self, status: int, content_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """A probe every second is not worth a log line."""

    return Handler
