"""ETag and If-Match: a change is made to what its author has seen, or not at all."""

import re
from http import HTTPStatus
from typing import Final

from fastapi import Request, Response

from api.problems import Problem

_TAG: Final = re.compile(r'(?:W/)?"?([0-9]{1,9})"?')


def set_etag(response: Response, version: int) -> None:
    """The version as the answer's ETag."""
    response.headers["ETag"] = f'"{version}"'


def expect_version(request: Request, version: int) -> None:
    """Raises Problem 412 when If-Match asks for another version; without the header none is asked.

    `*` is any version; weak tags count as strong ones, for proxies make them so.
    """
    header = request.headers.get("if-match")
    if header is None or header.strip() == "*":
        return
    tags = [tag.strip().removeprefix("W/").strip('"') for tag in header.split(",")]
    if str(version) not in tags:
        detail = f"it was changed meanwhile: its version is {version}; read it again"
        raise Problem(HTTPStatus.PRECONDITION_FAILED, "version-conflict", detail)


def expected_version(request: Request) -> int | None:
    """The version that the sender has seen, for who decides elsewhere; None: any.

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
