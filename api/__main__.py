"""The API process: `python -m api`, until SIGTERM.

Requests under way get up to 20 s to end. Exit codes: 0 told to stop, 1 could not work, 2 wrong
settings.
"""

import sys

import structlog
import uvicorn

from api.serving import process_settings
from connectors.embedded.ports import remembered_port
from connectors.instance import base_url, key_file
from schemas.errors import UserError

_KEEP_ALIVE_SECONDS = 75  # senders that flush every minute keep their connection
_STOP_SECONDS = 20
_HEARD_BYTES = 4096  # clients of live updates have nothing to say

_log = structlog.get_logger()


def main() -> int:
    """Runs until a signal; returns the exit code."""
    try:
        settings = process_settings()
        port = settings.api_port or remembered_port(settings.data_dir / "ports.json", "api")
    except UserError as error:
        _log.error("cannot_work", reason=str(error), remedy=error.remedy)
        return error.exit_code
    _log.info(
        "serving",
        url=base_url(settings.api_host, port),
        key_file=str(key_file(settings.data_dir)),
        workers=settings.api_workers,
    )
    uvicorn.run(
        "api.serving:serve",
        factory=True,
        host=settings.api_host,
        port=port,
        workers=settings.api_workers,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=_HEARD_BYTES,
        ws_per_message_deflate=False,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # whom to believe is ours to decide: TRUSTED_PROXIES
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_STOP_SECONDS,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
