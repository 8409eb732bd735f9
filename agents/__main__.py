"""`python -m agents APP`: one worker of one app, until SIGTERM.

Exit codes: 0 stopped on request, 2 wrong settings, 70 met what it cannot handle (start it again).
"""

import ctypes
import gc
import sys
from collections.abc import Callable

import faust
import mode.loop

from agents.app import ForeshockApp, create_app
from agents.chronicle import chronicle
from agents.conclude import Conclude
from agents.detect import Detect
from agents.engine.expirer import Expirer
from agents.engine.metrics import IN_FLIGHT
from agents.engine.packer import Packer
from agents.keep import Keep
from agents.note import note
from agents.parse import Parse
from agents.parsing.formats.registry import load_extra
from agents.persist import Persist
from agents.rate import Rate
from agents.respond import Respond
from connectors import logging
from connectors.health import health_page
from schemas.errors import UserError
from schemas.settings import Settings, load


def ingest(app: ForeshockApp, settings: Settings) -> None:
    """Lines to entries and patterns; CPU bound."""
    Parse(app, settings).register()


def persist(app: ForeshockApp, settings: Settings) -> None:
    """Entries, alerts, signals and decisions to Postgres, metric points to their history."""
    Persist(app, settings).register()
    Keep(app, settings).register()
    Packer(app, settings).register()
    Expirer(app, settings).register()
    chronicle(app, settings)
    note(app, settings)
    Conclude(app, settings).register()


def metrics(app: ForeshockApp, settings: Settings) -> None:
    """Metric points, and the rates of lines, to signals."""
    Detect(app, settings).register()
    Rate(app, settings).register()


def respond(app: ForeshockApp, settings: Settings) -> None:
    """Signals and commands to alerts; one active worker."""
    Respond(app, settings).register()


APPS: dict[str, Callable[[ForeshockApp, Settings], None]] = {
    "ingest": ingest,
    "metrics": metrics,
    "persist": persist,
    "respond": respond,
}


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
    APPS[name](app, settings)
    _use_one_arena()
    # What is loaded by now stays; and batches make many objects, hardly any of them in cycles.
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    worker = faust.Worker(app, loglevel=settings.log_level, override_logging=False, quiet=True)
    worker.spinner = None  # it writes escape codes into the log
    IN_FLIGHT.set_function(lambda: app.exact_consumer.in_flight if app.started else 0)
    with health_page(settings.health_port, lambda: _fault(app)):
        worker.execute_from_commandline()


def _use_one_arena() -> None:
    """Records are unpacked in one thread and freed in another: glibc's arena a thread then only
    grows. Other C libraries have no such thing (M_ARENA_MAX, mallopt(3)).
    """
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        mallopt(-8, 1)


def _fault(app: ForeshockApp) -> str:
    if not app.started:
        return "starting"
    if app.rebalancing or app.in_recovery:
        return "rebalancing"
    return next(filter(None, (hindrance() for hindrance in app.hindrances)), "")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except UserError as error:
        sys.stderr.write(f"{error}\n{error.remedy}\n")
        sys.exit(error.exit_code)
