"""How often somebody may ask: buckets in Redis, in this process while Redis does not answer."""

import time
from collections.abc import MutableMapping
from contextlib import AsyncExitStack
from http import HTTPStatus
from typing import Any, Final

import structlog

from api.bucket import Bucket, Rate, Taken
from api.clients import client_in
from api.kinds import Kind
from api.problems import Problem
from connectors.buckets import Buckets
from connectors.redis import open_redis
from connectors.redis_address import is_wanted
from schemas.errors import Unavailable, UserError
from schemas.settings import Settings

# Requests that the UI makes for one action of a person come within so many seconds.
SAME_ACTION_SECONDS: Final = 10.0
KIND: Final = "foreshock.kind"  # in the scope: what kind of request it is
HEADERS: Final = "foreshock.limit"  # in the scope: what the answer says of the limit
_ANSWER_SECONDS: Final = 0.25
_AWAY_SECONDS: Final = 1.0
_MOST: Final = 20_000  # buckets and actions kept in this process

_log = structlog.get_logger()


class Limits:
    """One a process, opened and closed with the application."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        usual = _rate(settings.rate_limit_per_minute, settings.rate_limit_burst)
        ingest = settings.rate_limit_ingest_per_minute
        self._rates = {
            **dict.fromkeys((Kind.AUTH, Kind.READ, Kind.WRITE), usual),
            Kind.INGEST: _rate(ingest, ingest // 6),
            Kind.FREE: None,
        }
        self._opened = AsyncExitStack()
        self._shared: Buckets | None = None
        self._is_away, self._away_until = False, float("-inf")
        self._own: dict[str, Bucket] = {}
        self._did: dict[str, float] = {}

    async def open(self) -> None:
        """Connects when the first is asked for."""
        if self.wants_redis:
            opening = open_redis(self._settings, answer_seconds=_ANSWER_SECONDS)
            self._shared = Buckets(await self._opened.enter_async_context(opening), self._settings)

    @property
    def wants_redis(self) -> bool:
        """Whether buckets are shared."""
        return is_wanted(self._settings)

    async def probe(self) -> None:
        """Whether Redis keeps buckets. Raises Unavailable, and UserError when it refuses us."""
        if self._shared is None:
            raise Unavailable("Redis", "not connected yet")
        await self._shared.probe()

    async def close(self) -> None:
        """Ends every connection."""
        await self._opened.aclose()

    async def spend(
        self, scope: MutableMapping[str, Any], subject: str, kind: Kind | None = None
    ) -> None:
        """One action of `subject` (a user, a key, an address), of the request's kind or another.

        Raises Problem 429 when there was one too many. The answer tells how many are left.
        """
        kind = kind or scope[KIND]
        rate = self._rates[kind]
        if rate is None:
            return
        # One page may ask often. A login is no part of a page, whatever a header says.
        action = "" if kind is Kind.AUTH else client_in(scope).action
        taken = await self._take(f"{kind.value}:{subject}", rate, action)
        scope[HEADERS] = headers = headers_of(kind, rate, taken)
        if not taken.allowed:
            raise Problem(
                HTTPStatus.TOO_MANY_REQUESTS,
                "too-many-requests",
                f"{rate.capacity} at once and {rate.per_second * 60:g} a minute ({kind.value})",
                headers={**headers, "Retry-After": str(taken.wait(rate))},
            )

    async def _take(self, name: str, rate: Rate, action: str) -> Taken:
        if self._shared is not None and time.monotonic() >= self._away_until:
            if self._is_away:  # one request tries whether it is back, the others do not wait
                self._away_until = time.monotonic() + _AWAY_SECONDS
            try:
                found = await self._shared.take(name, *rate, action, SAME_ACTION_SECONDS)
            except (Unavailable, UserError) as error:
                self._is_away, self._away_until = True, time.monotonic() + _AWAY_SECONDS
                _log.warning("limits_local", reason=str(error))
            else:
                self._is_away, self._away_until = False, float("-inf")
                return Taken(*found)
        return self._take_here(name, rate, action)

    def _take_here(self, name: str, rate: Rate, action: str) -> Taken:
        now = time.monotonic()
        if len(self._own) + len(self._did) > _MOST:
            self._let_go(now)
        bucket = self._own.setdefault(name, Bucket(rate.capacity, now))
        did = f"{name}:{action}" if action else ""
        if did and now - self._did.get(did, float("-inf")) < SAME_ACTION_SECONDS:
            return Taken(True, bucket.left)
        taken = bucket.take(rate, now)
        if did and taken.allowed:
            self._did[did] = now
        return taken

    def _let_go(self, now: float) -> None:
        """Of those asked for least recently a half; a bucket that is gone is a full one."""
        self._did = {name: at for name, at in self._did.items() if now - at < SAME_ACTION_SECONDS}
        newest = sorted(self._own.items(), key=lambda item: item[1].at)[-_MOST // 2 :]
        self._own = dict(newest)


def headers_of(kind: Kind, rate: Rate, taken: Taken) -> dict[str, str]:
    """As the IETF's draft has them (draft-ietf-httpapi-ratelimit-headers), old names and new."""
    left, reset = max(0, int(taken.left)), taken.until_full(rate)
    window = round(rate.capacity / rate.per_second)
    return {
        "RateLimit-Limit": str(rate.capacity),
        "RateLimit-Remaining": str(left),
        "RateLimit-Reset": str(reset),
        "RateLimit-Policy": f'"{kind.value}";q={rate.capacity};w={window}',
        "RateLimit": f'"{kind.value}";r={left};t={reset}',
    }


def _rate(per_minute: int, burst: int) -> Rate | None:
    """None: no limit."""
    return Rate(per_minute + burst, per_minute / 60) if per_minute else None
