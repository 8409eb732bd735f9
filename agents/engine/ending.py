"""The end of a worker that met what it cannot handle: said once, then gone at once.

A clean shutdown might commit; a worker in an unknown state must not. It starts again at the
committed offset, and what it had in flight is delivered again.
"""

import os
from typing import NoReturn

import structlog

EXIT_CODE = 70  # EX_SOFTWARE of sysexits.h

_log = structlog.get_logger()


def die(event: str, error: BaseException) -> NoReturn:
    """Log the error with its traceback and end the process without any further step."""
    _log.critical(event, exc_info=error)
    os._exit(EXIT_CODE)
