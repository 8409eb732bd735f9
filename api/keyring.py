"""Kept keys as this process knows them: never older than a second while Postgres answers.

So a revoked key is refused within a second everywhere, and no Redis is asked. While Postgres does
not answer, known keys go on for GRACE_SECONDS, because what they send would be lost otherwise.
"""

import asyncio
import hashlib
import hmac
import time
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Final

import structlog

from api.database import Database
from connectors.stores import keys
from connectors.stores.keys import KeyInForce
from schemas.errors import Unavailable

GRACE_SECONDS: Final = 600.0
_OLD_SECONDS: Final = 0.9  # never used at this age, while Postgres answers
_AGEING_SECONDS: Final = 0.45  # used, and read anew meanwhile
_NEW_SECONDS: Final = 0.1  # a key that is not known may have been made just now
_ASK_SECONDS: Final = 2.0
_USED_SECONDS: Final = 60.0

_log = structlog.get_logger()


class Keyring:
    """One a process; `secret` is that under which keys are hashed."""

    def __init__(self, database: Database, secret: str) -> None:
        self._database = database
        self._secret = secret.encode()
        self._known: dict[bytes, KeyInForce] = {}
        self._read_at = self._failed_at = float("-inf")
        self._reading = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._noted: dict[str, float] = {}

    def digest(self, key: str) -> bytes:
        """What is kept of a key."""
        return hmac.digest(self._secret, key.encode(), hashlib.sha256)

    async def find(self, key: str) -> KeyInForce | None:
        """The key in force; None when it is none. Raises Unavailable when that cannot be known."""
        digest = self.digest(key)
        if self._age() > _OLD_SECONDS and not self._failing:
            await self._read(_OLD_SECONDS)
        elif self._age() > _AGEING_SECONDS and not self._reading.locked():
            self._begin(self._read(_AGEING_SECONDS))
        if digest not in self._known:
            await self._read(_NEW_SECONDS)
        found = self._known.get(digest)
        age = self._age()
        if age > GRACE_SECONDS or (found is None and age > _OLD_SECONDS):
            raise Unavailable("postgres", "it knows the keys, and does not answer", 5.0)
        if found is None or (found.expires_at and found.expires_at <= datetime.now(UTC)):
            return None
        self._note(found.id)
        return found

    def forget(self) -> None:
        """Keys were changed here: they are read anew before the next is looked for."""
        self._read_at = min(self._read_at, time.monotonic() - _OLD_SECONDS - 0.001)

    async def close(self) -> None:
        """Waits for what is being written."""
        await asyncio.gather(*self._tasks)

    @property
    def _failing(self) -> bool:
        """Then nobody waits for the next attempt: senders would stall at each of them."""
        return self._failed_at > self._read_at

    def _age(self) -> float:
        return time.monotonic() - self._read_at

    async def _read(self, old: float) -> None:
        """Reads all keys when what is known is older than `old`; after a failure not at once."""
        async with self._reading:
            began = time.monotonic()
            if self._age() <= old or began - self._failed_at < _OLD_SECONDS:
                return
            try:
                async with asyncio.timeout(_ASK_SECONDS), self._database.asking() as connection:
                    self._known = await keys.in_force(connection)
            except (Unavailable, TimeoutError) as error:
                self._failed_at = time.monotonic()
                _log.warning("keys_not_read", reason=str(error) or "no answer in time")
            else:
                self._read_at = began

    def _note(self, key_id: str) -> None:
        now = time.monotonic()
        if now - self._noted.get(key_id, float("-inf")) >= _USED_SECONDS:
            self._noted[key_id] = now
            self._begin(self._write_use(key_id))

    async def _write_use(self, key_id: str) -> None:
        try:
            async with self._database.writing() as connection:
                await keys.used(connection, [key_id])
        except Unavailable:
            del self._noted[key_id]  # the next use is noted instead

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
