"""The header Link of a list: where its next page is."""

from urllib.parse import parse_qsl, urlencode

from fastapi import Request, Response

from api.kinds import outer_path


def set_next(request: Request, response: Response, cursor: str | None) -> None:
    """Adds `Link: <...>; rel="next"` with the request's own parameters; nothing on the last page.

    The address is a path, base path included, so it holds behind any proxy.
    """
    if cursor is None:
        return
    asked = parse_qsl(request.url.query, keep_blank_values=True)
    query = urlencode([(name, value) for name, value in asked if name != "cursor"])
    query = f"{query}&" if query else ""
    path = outer_path(request.scope)
    response.headers["Link"] = f'<{path}?{query}{urlencode({"cursor": cursor})}>; rel="next"'
