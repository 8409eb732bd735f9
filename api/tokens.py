"""Access tokens: JSON web tokens that say whose session it is, never what it may.

The algorithm is pinned and `kid` names the key, so that a new JWT_SECRET_KEY can take over from
JWT_SECRET_KEY_PREVIOUS without logging anybody out.
"""

import hashlib
import time
from http import HTTPStatus
from typing import Any, Final, NamedTuple

import jwt

from api.keys import kept_secret
from api.problems import Problem
from connectors.instance import signing_key_file
from schemas.settings import Settings

_ISSUER: Final = "foreshock"
_CLAIMS: Final = ["iss", "sub", "sid", "ver", "iat", "exp"]
_LONGEST: Final = 4096


class Claims(NamedTuple):
    """`version` is that of the user's role when the token was made."""

    user_id: str
    session: str
    version: int


def signing_key_of(settings: Settings) -> str:
    """The key in force: the setting, else the file's, which is made when there is none.

    Raises UserError when the file cannot be read or made.
    """
    key = settings.jwt_secret_key.get_secret_value()
    return key or kept_secret(signing_key_file(settings.data_dir), "JWT_SECRET_KEY")


class Signer:
    """Makes tokens with one key, accepts those of two. Needs JWT_SECRET_KEY in the settings."""

    def __init__(self, settings: Settings) -> None:
        key = settings.jwt_secret_key.get_secret_value()
        previous = settings.jwt_secret_key_previous.get_secret_value()
        self._algorithm = settings.jwt_algorithm
        self._kid = _kid(key)
        self._keys = {_kid(one): one for one in (previous, key) if one}
        self.seconds = round(settings.access_token_expire_minutes * 60)

    def sign(self, claims: Claims) -> str:
        """A token that is good for `seconds`."""
        now = int(time.time())
        said: dict[str, Any] = {"iss": _ISSUER, "sub": claims.user_id, "sid": claims.session}
        said |= {"ver": claims.version, "iat": now, "exp": now + max(self.seconds, 1)}
        key = self._keys[self._kid]
        return jwt.encode(said, key, self._algorithm, headers={"kid": self._kid})

    def read(self, token: str) -> Claims:
        """What a token of ours says. Raises Problem 401."""
        try:
            if len(token) > _LONGEST:
                raise jwt.InvalidTokenError("too long")
            key = self._keys.get(str(jwt.get_unverified_header(token).get("kid")))
            if key is None:
                raise jwt.InvalidTokenError("signed with a key that is not in force")
            # The clocks of two machines differ: `iat` may lie ahead, and is not asked.
            options: Any = {"require": _CLAIMS, "verify_iat": False}
            said = jwt.decode(
                token, key, algorithms=[self._algorithm], issuer=_ISSUER, options=options
            )
            return Claims(str(said["sub"]), str(said["sid"]), int(said["ver"]))
        except jwt.ExpiredSignatureError as error:
            raise refused("token-expired", "the access token has expired; refresh it") from error
        except (jwt.InvalidTokenError, ValueError, TypeError) as error:
            raise refused("token-invalid", "this is no access token of ours; log in") from error


def refused(kind: str, detail: str) -> Problem:
    """401, saying how to do better."""
    challenge = 'Bearer realm="foreshock"'
    if kind != "unauthorized":
        challenge += ', error="invalid_token"'
    return Problem(HTTPStatus.UNAUTHORIZED, kind, detail, headers={"WWW-Authenticate": challenge})


def _kid(key: str) -> str:
    return hashlib.sha256(b"foreshock kid:" + key.encode()).hexdigest()[:16]
