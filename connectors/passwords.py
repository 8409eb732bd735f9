"""Passwords as they are kept: argon2id, with its parameters beside the hash (RFC 9106)."""

from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# 64 MiB and three passes: RFC 9106, section 4, second recommendation.
_HASHER: Final = PasswordHasher()


def hash_password(password: str) -> str:
    """Takes some 50 ms of two cores and 64 MiB."""
    return _HASHER.hash(password)


def is_password(hashed: str, password: str) -> bool:
    """Whether this is the password; takes as long when it is not."""
    try:
        return _HASHER.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(hashed: str) -> bool:
    """Whether it was hashed with other parameters than a new one would be."""
    return _HASHER.check_needs_rehash(hashed)
