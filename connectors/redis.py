"""How every one of our Redis clients connects, and what its errors mean to us.

Redis is never a system of record here: who cannot reach it waits, and everything else goes on.
"""

import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final
from urllib.parse import quote, urlsplit, urlunsplit

import structlog
from redis import exceptions
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from connectors.redis_address import is_wanted, url_of, without_password
from schemas.errors import Unavailable, UserError
from schemas.settings import Settings

REDIS: Final = "Redis"  # what is Unavailable

_CONNECT_SECONDS: Final = 5.0
_ANSWER_SECONDS: Final = 15.0  # longer than the longest CONSUMER_BLOCK_MS
_HEALTH_SECONDS: Final = 30  # an idle connection is asked before it is used
_log = structlog.get_logger()


@asynccontextmanager
async def open_redis(
    settings: Settings, *, answer_seconds: float = _ANSWER_SECONDS
) -> AsyncIterator[Redis]:
    """A client that answers with bytes; connections are made as they are needed.

    Who cannot wait gives it fewer `answer_seconds` to connect and to answer. Whatever happens
    inside surfaces as `answering` says.
    """
    try:
        pool = BlockingConnectionPool.from_url(
            _login(settings), **_options(settings, answer_seconds)
        )
    except ValueError as error:  # of a value after `?`; the rest was looked at before
        raise UserError(
            f"Redis at {_where(settings)}: {error}", "correct what follows `?` in REDIS_URL"
        ) from error
    client = Redis.from_pool(pool)
    try:
        with answering(settings):
            yield client
    finally:
        await client.aclose()


def _login(settings: Settings) -> str:
    """The URL with REDIS_USERNAME and REDIS_PASSWORD where it says nothing of its own."""
    parts = urlsplit(url_of(settings))
    named, _, server = parts.netloc.rpartition("@")
    user, _, password = named.partition(":")
    user = user or quote(settings.redis_username, safe="")
    password = password or quote(settings.redis_password.get_secret_value(), safe="")
    login = f"{user}:{password}@" if password else ""
    return urlunsplit((parts.scheme, login + server, parts.path, parts.query, ""))


def _options(settings: Settings, answer_seconds: float) -> dict[str, Any]:
    options: dict[str, Any] = {
        "max_connections": settings.redis_max_connections,
        "timeout": answer_seconds,
        "socket_connect_timeout": min(_CONNECT_SECONDS, answer_seconds),
        "socket_timeout": answer_seconds,
        "health_check_interval": _HEALTH_SECONDS,
        # Once, as a connection may have been closed while it was idle. Callers wait longer.
        "retry": Retry(NoBackoff(), 1),
    }
    if settings.redis_ssl_cafile and url_of(settings).startswith("rediss://"):
        options["ssl_ca_certs"] = str(settings.redis_ssl_cafile)
    return options


@contextmanager
def answering(settings: Settings) -> Iterator[None]:
    """Turns what the client raises into ours.

    Unavailable when the server does not answer or cannot work now, which is also what any answer
    means that we do not know; UserError, naming the setting, when it will not as long as nobody
    changes something.
    """
    try:
        yield
    except exceptions.AuthenticationError as error:
        raise UserError(
            f"Redis at {_where(settings)} refuses our password",
            "correct REDIS_PASSWORD, or user and password in REDIS_URL",
        ) from error
    except exceptions.NoPermissionError as error:
        raise UserError(
            f"Redis at {_where(settings)} does not permit it: {error}",
            "give the user of REDIS_URL the streams' keys, foreshock:*, and @stream, @scripting",
        ) from error
    except (
        *(exceptions.ConnectionError, exceptions.TimeoutError, OSError),
        exceptions.InvalidResponse,
    ) as error:
        if _untrusted(error):
            raise UserError(
                f"Redis at {_where(settings)} has a certificate that is not trusted: {error}",
                "set REDIS_SSL_CAFILE to the authority that signed it, in PEM",
            ) from error
        raise Unavailable(REDIS, f"{_where(settings)}: {error or type(error).__name__}") from error
    except (exceptions.OutOfMemoryError, exceptions.ReadOnlyError) as error:
        raise Unavailable(REDIS, f"{_where(settings)}: {error}") from error
    except exceptions.ResponseError as error:
        raise _refused(error, settings) from error


def _refused(error: exceptions.ResponseError, settings: Settings) -> Exception:
    said = str(error)
    if "DB index" in said:
        return UserError(f"Redis at {_where(settings)}: {said}", "correct REDIS_DB or REDIS_URL")
    if said.startswith("WRONGTYPE"):
        return UserError(
            "a key named in REDIS_STREAMS, patterns or alerts is no stream",
            "name the streams that producers write to, or set TOPIC_PREFIX",
        )
    # Mostly while it cannot work, but will again: a master without replicas, a stream that somebody
    # deleted. Nothing of ours ends for what remains; it waits, and its log says why.
    return Unavailable(REDIS, f"{_where(settings)}: {said}")


def _where(settings: Settings) -> str:
    # Without its scheme, or the log would blot out an address that is the whole REDIS_URL.
    return without_password(url_of(settings)).partition("://")[2]


def _untrusted(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


async def ask_once(settings: Settings) -> None:
    """Asks Redis once, where there is one; being away for now is no fault of the start.

    Raises UserError when the settings are wrong.
    """
    if not is_wanted(settings):
        return
    try:
        async with open_redis(settings) as client:
            await client.ping()
    except Unavailable as error:
        _log.warning("redis_waits", reason=str(error))
