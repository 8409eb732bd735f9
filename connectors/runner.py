"""Keeps the pollers running: each is supervised alone, so one that falls does not stop the others.

A poller that fails starts again, at first soon, later every 15 s. What it had sent and not
seen acknowledged stands in the edge's book and is sent again, with a new connection.
"""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Final

import structlog

from connectors.cancelling import is_cancelled
from connectors.publish import Publisher
from connectors.sources.book import Book
from connectors.sources.claims import Claims
from connectors.sources.edge import Edge, open_files
from connectors.sources.registry import Source, wanted_sources
from schemas.errors import Unavailable, UserError
from schemas.settings import Settings

_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 15.0
_HEALTHY_SECONDS: Final = 60.0

_log = structlog.get_logger()


@dataclass
class Health:
    """Why pollers do not work, by name; a source that this machine lacks is no fault."""

    faults: dict[str, str] = field(default_factory=dict)

    def fault(self) -> str:
        """One sentence for the health page; "" when every poller works."""
        return "; ".join(f"{name}: {reason}" for name, reason in self.faults.items() if reason)


async def run_pollers(settings: Settings, health: Health) -> None:
    """Every source that the settings name, until cancelled; then up to 20 s for what is in flight.

    Raises UserError when the edge's book cannot be used.
    """
    chosen = wanted_sources(settings)
    if not chosen:
        _log.warning(
            "nothing_to_poll",
            remedy="set FILE_SOURCES, JOURNALD, HOST_METRICS, DEMO_FLEET or REDIS_URL",
        )
    health.faults |= {source.name: "not started yet" for source in chosen}
    with open_files(settings) as (book, claims):
        async with asyncio.TaskGroup() as group:
            for source in chosen:
                group.create_task(_keep(source, settings, book, claims, health))
            await asyncio.Event().wait()


async def _keep(
    source: Source, settings: Settings, book: Book, claims: Claims, health: Health
) -> None:
    pause, missing = _FIRST_PAUSE, ""
    while True:
        started = time.monotonic()
        try:
            async with Publisher(settings) as publisher:
                health.faults[source.name] = ""
                if not missing:
                    _log.info("source_started", source=source.name)
                await source.run(Edge(book, claims, publisher), settings)
        except UserError as error:
            if missing != (missing := str(error)):  # said once, tried again
                _log.warning("source_missing", source=source.name, reason=missing, do=error.remedy)
            pause = _LONGEST_PAUSE
        except Unavailable as error:
            health.faults[source.name] = str(error)
            _log.warning("source_waits", source=source.name, reason=str(error))
        except asyncio.CancelledError:
            if is_cancelled():
                raise
            # A library has let out what is its own.
            health.faults[source.name] = "it was cut off"
            _log.exception("source_failed", source=source.name)
        except Exception as error:
            health.faults[source.name] = f"{type(error).__name__}: {error}"
            _log.exception("source_failed", source=source.name)
        if time.monotonic() - started > _HEALTHY_SECONDS:
            pause = _FIRST_PAUSE
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
