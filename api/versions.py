"""ETag and If-Match: a change is made to what its author has seen, or not at all."""

from http import HTTPStatus
from typing import Final

from fastapi import Request, Response

from api.problems import Problem

_DIGITS: Final = 18


def set_etag(response: Response, version: int) -> None:
    """The version as the answer's ETag."""
    response.headers["ETag"] = f'"{version}"'


def expected_version(request: Request) -> int | None:
    """The version in If-Match, for whoever decides elsewhere; None: any.

    Raises Problem 400 when it is not one ETag of this API.
    """
    header = request.headers.get("if-match", "*").strip()
    if header == "*":
        return None
    tag = header.removeprefix("W/").strip('"')
    if not (tag.isascii() and tag.isdigit() and len(tag) <= _DIGITS):
        detail = "If-Match takes one ETag as this API gave it, or *"
        raise Problem(HTTPStatus.BAD_REQUEST, "invalid-if-match", detail)
    return int(tag)


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
