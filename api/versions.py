"""Versions over HTTP: `ETag` says which one an answer is, `If-Match` which one is meant."""

import re
from http import HTTPStatus
from typing import Final

from fastapi import Request, Response

from api.problems import Problem

_TAG: Final = re.compile(r'(?:W/)?"?([0-9]{1,9})"?')


def set_etag(response: Response, version: int) -> None:
    """The version that the answer shows."""
    response.headers["ETag"] = f'"{version}"'


def expected_version(request: Request) -> int | None:
    """The version that the sender has seen; None: whichever there is.

    Raises Problem 422 for what is none of ours.
    """
    said = request.headers.get("if-match", "*").strip()
    if said == "*":
        return None
    found = _TAG.fullmatch(said)
    if found is None:
        detail = 'If-Match is the ETag of an answer, such as "3"'
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", detail)
    return int(found[1])
