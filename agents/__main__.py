"""`python -m agents APP`: one worker of one app, until SIGTERM.

Exit codes: 0 stopped on request, 2 wrong settings, 70 met what it cannot handle (start it again).
"""

import sys
from collections.abc import Callable

import faust
import mode.loop
from mode import Service

from agents.app import ForeshockApp, create_app
from agents.parse import Parse
from agents.parsing.formats.registry import load_extra
from agents.persist import Persist
from connectors import logging
from connectors.health import health_page
from connectors.stores.postgres import Pool, new_pool
from schemas.errors import UserError
from schemas.settings import Settings, load


def ingest(app: ForeshockApp, settings: Settings, pool: Pool) -> None:
    """Lines to entries and patterns; CPU bound."""
    Parse(app, settings, pool).register()


def persist(app: ForeshockApp, settings: Settings, pool: Pool) -> None:
    """Entries to Postgres."""
    Persist(app, settings, pool).register()


APPS: dict[str, Callable[[ForeshockApp, Settings, Pool], None]] = {
    "ingest": ingest,
    "persist": persist,
}


class Connections(Service):
    """Opens the pool before the agents start and closes it after they have ended."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        super().__init__()

    async def on_start(self) -> None:
        await self._pool.open()

    async def on_stop(self) -> None:
        await self._pool.close()


def main(arguments: list[str]) -> None:
    """Raises UserError for an unknown app or wrong settings."""
    if len(arguments) != 1 or arguments[0] not in APPS:
        raise UserError("usage: python -m agents " + "|".join(APPS), exit_code=2)
    name = arguments[0]
    settings = load()
    load_extra(settings.extra_formats)
    logging.configure(settings, name)
    mode.loop.use("uvloop")
    app = create_app(settings, name)
    pool = new_pool(settings)
    app.service(Connections(pool))
    APPS[name](app, settings, pool)
    worker = faust.Worker(app, loglevel=settings.log_level, override_logging=False, quiet=True)
    with health_page(settings.health_port, lambda: _fault(app)):
        worker.execute_from_commandline()


def _fault(app: ForeshockApp) -> str:
    if not app.started:
        return "starting"
    if app.rebalancing or app.in_recovery:
        return "rebalancing"
    return ""


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except UserError as error:
        sys.stderr.write(f"{error}\n{error.remedy}\n")
        sys.exit(error.exit_code)
