"""The poller process: `python -m connectors`.

SIGTERM and Ctrl-C end it; what is in flight gets up to 20 s. Exit codes: 0 told to stop, 1 could
not work, 2 wrong settings.
"""

import asyncio
import signal
import sys

import structlog

from connectors.descriptors import allow_many
from connectors.health import health_page
from connectors.instance import connected
from connectors.logging import configure
from connectors.runner import Health, run_pollers
from schemas.errors import UserError
from schemas.settings import Settings, load

_log = structlog.get_logger()


async def _until_told(settings: Settings, health: Health) -> None:
    pollers = asyncio.create_task(run_pollers(settings, health))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, pollers.cancel)
    try:
        await pollers
    except asyncio.CancelledError:
        _log.info("stopped")


def main() -> int:
    """Runs until a signal; returns the exit code."""
    try:
        settings = load()
        configure(settings, "pollers")
        allow_many()  # each followed file is held open
        if not settings.kafka_bootstrap_servers:
            settings = connected(settings)
        health = Health()
        with health_page(settings.health_port, health.fault):
            asyncio.run(_until_told(settings, health))
    except UserError as error:
        _log.error("cannot_work", reason=str(error), remedy=error.remedy)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
