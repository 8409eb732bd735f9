"""The tokens of a session, as the API gives them and as cookies hold them. Pure."""

import hashlib
from math import inf
from typing import Any, NamedTuple

import jwt


class Tokens(NamedTuple):
    """`seconds` is how long the refresh token lives, 0 where it is not known (from cookies)."""

    access: str
    refresh: str
    seconds: int

    @property
    def session(self) -> str:
        """Names the session: the token's `sid`, which renewals keep. It proves nothing."""
        sid = _said(self.access).get("sid")
        return str(sid) if sid else hashlib.sha256(self.refresh.encode()).hexdigest()[:32]

    def is_over(self, now: float) -> bool:
        """Whether the access token cannot be used any more at this time (Unix seconds)."""
        return not self.access or self.left(now) <= 0

    def left(self, now: float) -> float:
        """For how many seconds the access token is good; without an end it is for ever."""
        expires = _said(self.access).get("exp")
        return expires - now if isinstance(expires, int | float) else inf


def tokens_of(answer: dict[str, Any]) -> Tokens:
    """What login and refresh answer. Raises KeyError when it is something else."""
    return Tokens(
        str(answer["access_token"]),
        str(answer["refresh_token"]),
        int(answer.get("refresh_expires_in") or 0),
    )


def _said(token: str) -> dict[str, Any]:
    """The claims, unchecked: the API checks them, here they only tell sessions apart."""
    try:
        claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return {}
    return claims
