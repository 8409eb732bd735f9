"""Takes pieces of uploaded files: decompressed, cut, sent and noted down, with constant memory.

A piece is acknowledged when its lines are in the broker and Postgres knows how far the file is.
What was sent after the last note is sent again, under the same ranges, and counts once.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Final

from api.database import Database
from api.delivery import Delivery
from api.problems import Problem, overloaded
from api.taking import Taking
from api.unpacking import Held, Unpacker
from connectors.outlet import Outlet
from connectors.stores.uploads import Upload
from schemas.errors import InvalidEvent
from schemas.settings import Settings

BLOCK_BYTES: Final = 64 * 1024
_AT_ONCE: Final = 4
_KEPT: Final = 8  # decompressors between two pieces, each of some MiB
_KEPT_SECONDS: Final = 600.0


class Uploading:
    """One a process; holds the decompressors of uploads that go on here."""

    def __init__(self, settings: Settings, outlet: Outlet, database: Database) -> None:
        self._outlet = outlet
        self._database = database
        self._ack_seconds = settings.api_ack_seconds
        self._busy: set[str] = set()
        self._kept: dict[str, tuple[float, Unpacker]] = {}

    def offset_of(self, upload: Upload) -> int:
        """Where the next piece begins: of a compressed file byte 0, when what has decompressed it
        so far is gone.
        """
        if upload.whole or (upload.id in self._kept and self._fits(upload)):
            return upload.received
        return 0

    @contextmanager
    def alone(self, upload_id: str) -> Iterator[None]:
        """Raises Problem while another request goes on with it, or with too many others."""
        if upload_id in self._busy:
            detail = "another request is sending this upload; ask how far it is, then go on"
            raise Problem(HTTPStatus.CONFLICT, "busy", detail, headers={"Retry-After": "1"})
        if len(self._busy) >= _AT_ONCE:
            raise overloaded("overloaded", "too many uploads at once; send again a little later")
        self._busy.add(upload_id)
        try:
            yield
        finally:
            self._busy.discard(upload_id)

    async def take(self, upload: Upload, blocks: AsyncIterator[bytes], end: bool) -> Upload:
        """Everything that `blocks` give, then what is left where that is the `end` of the file.

        Blocks begin at `offset_of` and have at most BLOCK_BYTES. Raises Problem, InvalidEvent and
        Unavailable; what was taken before that is noted down, and goes on.
        """
        taking = Taking(self._database, self._delivery(upload), upload, self._unpacker(upload))
        try:
            await taking.wait_for_the_pipeline()
            async for block in blocks:
                await taking.feed(block)
            complete = end or (upload.size is not None and taking.received == upload.size)
            if complete:
                await taking.end()
            return await taking.note("complete" if complete else "open")
        except InvalidEvent as error:
            await taking.note("failed", error.detail)
            raise
        except (Problem, asyncio.CancelledError):
            if taking.sent:
                await taking.note("open")
            raise
        finally:
            if taking.noted and taking.upload.state == "open":
                self._keep(upload.id, taking.unpacker)

    def _delivery(self, upload: Upload) -> Delivery:
        return Delivery(self._outlet, upload, self._ack_seconds)

    def _unpacker(self, upload: Upload) -> Unpacker:
        fits = self._fits(upload)
        _, kept = self._kept.pop(upload.id, (0.0, None))
        if kept is not None and fits:
            return kept
        held = Held(
            upload.compression,
            upload.received,
            upload.whole,
            upload.taken,
            bytes(upload.carry),
            upload.long_bytes,
        )
        return Unpacker(held if upload.whole else held._replace(received=0, carry=b""))

    def _fits(self, upload: Upload) -> bool:
        """Whether what is kept here is as far as Postgres says."""
        _, kept = self._kept.get(upload.id, (0.0, None))
        return kept is not None and kept.received == upload.received

    def _keep(self, upload_id: str, unpacker: Unpacker) -> None:
        now = time.monotonic()
        self._kept[upload_id] = (now, unpacker)
        for old, (at, _) in sorted(self._kept.items(), key=lambda item: item[1][0]):
            if now - at > _KEPT_SECONDS or len(self._kept) > _KEPT:
                del self._kept[old]
