"""ETag and If-Match: a change applies to what its sender has seen, or not at all."""

import re
from http import HTTPStatus
from typing import Final

from fastapi import Request, Response

from api.problems import Problem

_TAGS: Final = re.compile(r'\s*"v(\d{1,18})"\s*')


def etag_of(version: int) -> str:
    """The ETag of a version, to be presented in If-Match."""
    return f'"v{version}"'


def set_etag(response: Response, version: int) -> None:
    """Says in the answer which version it shows."""
    response.headers["ETag"] = etag_of(version)


def expected_version(request: Request) -> int | None:
    """The version in If-Match; None where there is no such header, or `*`.

    Raises Problem 400 for anything else: a change must not be applied to what was not understood.
    """
    said = request.headers.get("if-match", "*").strip()
    if said == "*":
        return None
    found = _TAGS.fullmatch(said)
    if found is None:
        detail = 'If-Match takes one ETag as this API gives them, such as "v3", or *'
        raise Problem(HTTPStatus.BAD_REQUEST, "invalid-if-match", detail)
    return int(found[1])


def check_match(request: Request, version: int) -> None:
    """Raises Problem 412 when If-Match names another version than what there is now."""
    expected = expected_version(request)
    if expected is not None and expected != version:
        raise changed_meanwhile(version)


def changed_meanwhile(version: int) -> Problem:
    """412, with the ETag of the version that there is now."""
    return Problem(
        HTTPStatus.PRECONDITION_FAILED,
        "changed-meanwhile",
        "somebody has changed it since you read it; read it again",
        headers={"ETag": etag_of(version)},
    )
