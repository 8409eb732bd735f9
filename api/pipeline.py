"""What pages ask about the pipeline: worked out once for all who ask at the same time."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

import structlog

from api.database import Database
from api.freshness import Fresh
from connectors.kafka import topic_name
from connectors.last_errors import LastErrors
from connectors.ledger import draw_up
from connectors.letters import Letters
from connectors.shared_logs import SharedLogs
from connectors.stages import StageWatch
from connectors.stores import batches, sources
from connectors.stores.sources import Known
from connectors.tails import Tails, read_tails
from connectors.topic_rows import topic_rows
from schemas.batches import Chain
from schemas.dashboard import Lag
from schemas.errors import Unavailable
from schemas.ledger import UNATTRIBUTED
from schemas.pipeline import LedgerView, StagesView, TopicsView
from schemas.settings import Settings
from schemas.sources import SourceError, SourceKind
from schemas.topics import LOGS_RAW, METRICS_RAW

_FRESH_SECONDS: Final = 1.5
_LEDGER_SECONDS: Final = 2.0
_LEDGER_PATIENCE: Final = 8.0
_PATIENCE: Final = 6.0  # longer than a broker that hangs is waited for
_LONG_USE_SECONDS: Final = 30.0  # the ledger reads the whole unread tail

_log = structlog.get_logger()


class Standing(NamedTuple):
    """What is known of all sources at once; `tails` is None while the broker does not answer."""

    tails: Tails | None
    silent: list[str]
    errors: Mapping[str, SourceError]

    def known(self) -> Known:
        """What the list of sources needs; of what strangers sent it is not known whose it is."""
        waiting = self.tails.waiting if self.tails else {}
        counts = {key: found.count for key, found in waiting.items() if key[1] != UNATTRIBUTED}
        return Known(counts, self.silent)

    def lag_seconds(self, kind: SourceKind, source: str) -> float | None:
        """How old the oldest record in flight is; 0 when there is none."""
        if self.tails is None:
            return None
        found = self.tails.waiting.get((kind, source))
        return _age(found.oldest_ms if found else None)

    def worst(self) -> Lag:
        """Of everything in flight. Raises Unavailable while the broker does not answer."""
        if self.tails is None:
            raise Unavailable("Kafka", "it does not answer")
        return Lag(seconds=_age(self.tails.oldest_ms), where=self.tails.where)


def _age(unix_ms: int | None) -> float:
    return 0.0 if unix_ms is None else round(max(0.0, time.time() - unix_ms / 1000), 3)


class Pipeline:
    """Opened with the process; connects when somebody asks."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._watching = SharedLogs(settings)
        self._auditing = SharedLogs(settings, _LONG_USE_SECONDS)
        self._reading = SharedLogs(settings)
        self._errors = LastErrors(settings, self._watching)
        watch = StageWatch(settings, self._watching)
        self.letters = Letters(settings, self._reading, database.reading)
        self.stages: Fresh[StagesView] = Fresh(watch.look, _FRESH_SECONDS)
        self.topics: Fresh[TopicsView] = Fresh(self._topics, _FRESH_SECONDS)
        self.ledger: Fresh[LedgerView] = Fresh(self._ledger, _LEDGER_SECONDS, _LEDGER_PATIENCE)
        self.standing: Fresh[Standing] = Fresh(self._stand, _FRESH_SECONDS, _PATIENCE)

    async def close(self) -> None:
        """Ends what is under way and every connection."""
        for answer in (self.stages, self.topics, self.ledger, self.standing):
            await answer.close()
        for logs in (self._watching, self._auditing, self._reading):
            await logs.close()

    async def _topics(self) -> TopicsView:
        return await topic_rows(self._settings, self._watching)

    async def _ledger(self) -> LedgerView:
        ledger = await draw_up(self._settings, logs=self._auditing)
        return LedgerView(
            **ledger.model_dump(), at=datetime.now(UTC), records_in_flight=ledger.in_flight
        )

    async def _stand(self) -> Standing:
        async with self._database.reading() as connection:
            silent = await sources.silent(connection, datetime.now(UTC))
            applied: dict[Chain, int] = {}
            for topic in (LOGS_RAW, METRICS_RAW):
                name = topic_name(self._settings, topic)
                applied |= await batches.frontiers(connection, name)
        try:
            tails = await read_tails(self._settings, self._watching, applied)
            await self._errors.refresh()
        except Unavailable as error:
            _log.info("tails_unknown", reason=str(error))
            return Standing(None, silent, self._errors.by_source)
        return Standing(tails, silent, self._errors.by_source)
