"""One request's part of an upload: unpacked, sent, noted down."""

import asyncio
import time
from http import HTTPStatus
from typing import Final

from api.database import Database
from api.delivery import Delivery
from api.problems import Problem
from api.unpacking import Unpacker
from connectors.sources.cutting import Portion
from connectors.stores import uploads
from connectors.stores.uploads import Upload
from schemas.errors import Unavailable
from schemas.uploads import UploadState

_NOTE_BYTES: Final = 8 * 1024 * 1024  # after decompression
_NOTES_AHEAD: Final = 8  # so much is sent before Postgres has what came before
_AHEAD_SECONDS: Final = 30.0
_AHEAD_PAUSE: Final = 0.25


class Taking:
    """`upload` is as Postgres has it. `sent`: all that the unpacker gave is in the broker;
    `noted`: and Postgres knows of all that it was fed.
    """

    def __init__(
        self, database: Database, delivery: Delivery, upload: Upload, unpacker: Unpacker
    ) -> None:
        self._database = database
        self._delivery = delivery
        self.upload = upload
        self.unpacker = unpacker
        self.sent = True
        self.noted = True
        self._taken = upload.taken
        self._lines = upload.lines
        self._last_range = ""

    @property
    def received(self) -> int:
        """Bytes of the file that were fed."""
        return self.unpacker.received

    async def feed(self, block: bytes) -> None:
        """Sends what became whole of it; notes down how far it is, now and then.

        Raises InvalidEvent when what came before the fault was sent, Unavailable.
        """
        self.sent = self.noted = False
        await self._send(await asyncio.to_thread(self.unpacker.feed, block))
        if self._taken - self.upload.taken >= _NOTE_BYTES:
            await self.note("open")
            await self.wait_for_the_pipeline()

    async def end(self) -> None:
        """Sends what is left. Raises as `feed` does."""
        self.sent = self.noted = False
        await self._send(await asyncio.to_thread(self.unpacker.end))

    async def note(self, state: UploadState, reason: str = "") -> Upload:
        """Writes how far it is. Raises Problem when another request has gone on meanwhile."""
        held = self.unpacker.held
        ended = state != "open"
        unsettled = self.upload.unsettled + ([self._last_range] if self._last_range else [])
        now = self.upload._replace(
            state=state,
            reason=reason,
            compression=held.compression,
            received=held.received,
            whole=held.whole,
            taken=self._taken,
            lines=self._lines,
            long_bytes=0 if ended else held.long_bytes,
            carry=b"" if ended else held.carry,
            unsettled=[] if ended else unsettled,
        )
        async with self._database.writing() as connection:
            if not await uploads.advance(connection, self.upload, now):
                detail = "another request has gone on with this upload; ask how far it is"
                raise Problem(HTTPStatus.CONFLICT, "upload-moved", detail)
        self.upload, self._last_range, self.noted = now, "", True
        return now

    async def wait_for_the_pipeline(self) -> None:
        """Until Postgres has all but the newest 64 MiB or so: what waits longer in the broker
        than its disk lasts is lost. Raises Unavailable when nothing moves.
        """
        until = time.monotonic() + _AHEAD_SECONDS
        waiting = self.upload.unsettled
        while len(waiting) > _NOTES_AHEAD:
            async with self._database.reading() as connection:
                left = await uploads.unsettled(connection, waiting)
            if len(left) < len(waiting):
                until = time.monotonic() + _AHEAD_SECONDS
            waiting = left
            if len(waiting) > _NOTES_AHEAD:
                if time.monotonic() > until:
                    detail = "64 MiB of this upload wait to be stored, and nothing moves"
                    raise Unavailable("the pipeline", detail, retry_after=10)
                await asyncio.sleep(_AHEAD_PAUSE)
        self.upload = self.upload._replace(unsettled=waiting)

    async def _send(self, portions: list[Portion]) -> None:
        if portions:
            await self._delivery.send(portions)
            self._lines += sum(len(portion.lines) for portion in portions)
            self._taken = portions[-1].end
            self._last_range = self._delivery.range_of(portions[-1])
        self.sent = True
        if self.unpacker.fault is not None:
            raise self.unpacker.fault
