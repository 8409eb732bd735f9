"""The two cookies of a session: their names, how they are read, set and taken away. Pure."""

import hashlib
from collections.abc import Iterable
from typing import Final, NamedTuple

from starlette.requests import cookie_parser

from ui.tokens import Tokens

VIEW: Final = "foreshock-view"  # zone and width, written by assets/theme.js; tells nobody who it is
_LONGEST: Final = 8192


class Jar(NamedTuple):
    """Names of this instance's cookies: ports share cookies, so the instance is in the name."""

    instance: str

    def name(self, kind: str, *, secure: bool) -> str:
        """With `__Host-` a browser keeps it for this host, this path and HTTPS alone."""
        return f"{'__Host-' if secure else ''}foreshock-{self.instance}-{kind}"

    def read(self, header: str, *, secure: bool) -> Tokens | None:
        """The tokens in a Cookie header; None where there are none."""
        found = parsed(header)
        refresh = found.get(self.name("refresh", secure=secure), "")
        if not refresh:
            return None
        return Tokens(found.get(self.name("access", secure=secure), ""), refresh, 0)

    def set(self, tokens: Tokens, *, secure: bool) -> list[str]:
        """Set-Cookie headers; both live as long as the session can be renewed."""
        values = (("access", tokens.access), ("refresh", tokens.refresh))
        age = f"; Max-Age={tokens.seconds}" if tokens.seconds else ""
        return [
            f"{self.name(kind, secure=secure)}={value}{age}{_attributes(secure)}"
            for kind, value in values
        ]

    def clear(self, *, secure: bool) -> list[str]:
        """Set-Cookie headers that take both away."""
        return [
            f"{self.name(kind, secure=secure)}=; Max-Age=0{_attributes(secure)}"
            for kind in ("access", "refresh")
        ]


def jar_of(*parts: str) -> Jar:
    """The jar of the instance that these secrets or addresses belong to."""
    digest = hashlib.sha256("\n".join(["foreshock cookie", *parts]).encode()).hexdigest()
    return Jar(digest[:8])


def parsed(header: str) -> dict[str, str]:
    """Name → value of a Cookie header; other programs of the host may write what they like."""
    return cookie_parser(header[:_LONGEST])


def joined(headers: Iterable[str]) -> str:
    """HTTP/2 may split one Cookie header into several."""
    return "; ".join(headers)


def _attributes(secure: bool) -> str:
    return "; Path=/; HttpOnly; SameSite=Lax" + ("; Secure" if secure else "")
