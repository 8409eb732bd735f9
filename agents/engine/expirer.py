"""Forgets what is old, and keeps it coarser, beside persist and never in its way."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Final

import structlog

from agents.app import ForeshockApp
from agents.measuring.points import DAY_MS
from connectors.stores import batches, coarsening, last_points, line_hosts, signals
from connectors.stores.history.choice import open_history
from connectors.stores.history.expiry import expire
from connectors.stores.postgres import transaction
from schemas.errors import Unavailable
from schemas.settings import Settings

_EVERY_SECONDS = 3_600.0
_AGAIN_SECONDS = 60.0
# An edge sends a range again after hours at most, and its own book knows what it has read.
_RANGES_MS: Final = 90 * DAY_MS

_log = structlog.get_logger()


class Expirer:
    """Forgets what is old once an hour, and once at the start; what is unavailable, a bit later."""

    def __init__(self, app: ForeshockApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._retention_ms = settings.metric_retention_days * DAY_MS

    def register(self) -> None:
        """Adds the task to the app."""
        self._app.task(self._expire_forever)

    async def _expire_forever(self) -> None:
        while not self._app.should_stop:
            try:
                await self.expire(int(time.time() * 1000))
                pause = _EVERY_SECONDS
            except Unavailable as error:
                _log.warning("expiring_later", detail=str(error))
                pause = _AGAIN_SECONDS
            await asyncio.sleep(pause)

    async def expire(self, now_ms: int) -> None:
        """One round. `now_ms`: Unix ms. Raises Unavailable."""
        pool = self._app.pool
        async with open_history(self._settings, pool) as history:
            kept_from = await expire(history, pool, now_ms - self._retention_ms)
        if kept_from is not None:
            _log.info("history_expired", kept_from_ms=kept_from)
        before_ms = now_ms - self._retention_ms
        async with transaction(pool) as connection:
            gone = await signals.forget(connection, datetime.fromtimestamp(before_ms / 1000, UTC))
            await last_points.forget(connection, before_ms)
            await line_hosts.forget(connection, before_ms)
            ranges_before = datetime.fromtimestamp((now_ms - _RANGES_MS) / 1000, UTC)
            ranges = await batches.forget_ranges(connection, ranges_before)
        if gone or ranges:
            _log.info("expired", signals=gone, before_ms=before_ms, ranges=ranges)
        await self._coarsen(now_ms // 60_000)

    async def _coarsen(self, now_minute: int) -> None:
        hours = 0
        while True:
            async with transaction(self._app.pool) as connection:
                some = await coarsening.coarsen(connection, now_minute)
            if not some:
                break
            hours += some
        if hours:
            _log.info("coarsened", hours=hours)
