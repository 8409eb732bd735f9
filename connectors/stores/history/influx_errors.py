"""What a failure of InfluxDB means: not now, or something that a person must set right."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import aiohttp
from influxdb_client.rest import ApiException

from schemas.errors import Unavailable, UserError
from schemas.settings import Settings

_WHAT: Final = "influxdb"
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _TOO_MANY = 401, 403, 404, 429
_SERVER_FAULTS: Final = 500
_RETRY_SECONDS: Final = 1.0


def answer_of(error: ApiException) -> str:
    """The server's own sentence, at most 500 characters of it."""
    body = error.body.decode("utf-8", "replace") if isinstance(error.body, bytes) else error.body
    try:
        said = json.loads(body or "")["message"]
    except (ValueError, KeyError, TypeError):
        said = body or error.reason or f"status {error.status}"
    return str(said).strip()[:500]


@contextmanager
def translated(settings: Settings) -> Iterator[None]:
    """Turns failures into UserError (the token, the organization) or Unavailable.

    Others go on as they are: a request that is wrong is a fault of ours.
    """
    url = settings.influxdb_url
    try:
        yield
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Unavailable(_WHAT, f"{url}: {str(error) or type(error).__name__}") from error
    except ApiException as error:
        if error.status in (_UNAUTHORIZED, _FORBIDDEN):
            raise UserError(
                f"InfluxDB at {url} refuses INFLUXDB_TOKEN: {answer_of(error)}",
                f"give it a token that reads and writes buckets of {settings.influxdb_org!r}",
            ) from error
        if error.status in (_NOT_FOUND, _TOO_MANY) or (error.status or 0) >= _SERVER_FAULTS:
            raise Unavailable(_WHAT, answer_of(error), _retry_after(error)) from error
        raise


def _retry_after(error: ApiException) -> float:
    asked = (error.headers or {}).get("Retry-After", "")
    return float(asked) if asked.isdigit() else _RETRY_SECONDS
