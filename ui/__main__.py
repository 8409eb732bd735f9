"""The workspace's process: `python -m ui`, until SIGTERM.

Exit codes: 0 told to stop, 1 could not work, 2 wrong settings.
"""

import sys
from typing import Final

import structlog
import uvicorn

from schemas.errors import UserError
from ui.serving import api_url, process_settings

_KEEP_ALIVE_SECONDS: Final = 75
_STOP_SECONDS: Final = 5  # websockets stay open for ever; browsers connect again
_USUAL_PORT: Final = 8050

_log = structlog.get_logger()


def main() -> int:
    """Runs until a signal; returns the exit code."""
    try:
        settings = process_settings()
        api = api_url(settings)
    except UserError as error:
        _log.error("cannot_work", reason=str(error), remedy=error.remedy)
        return error.exit_code
    port = settings.ui_port or _USUAL_PORT
    _log.info("serving", host=settings.ui_host, port=port, api=api, workers=settings.ui_workers)
    uvicorn.run(
        "ui.serving:serve",
        factory=True,
        host=settings.ui_host,
        port=port,
        workers=settings.ui_workers,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_STOP_SECONDS,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
