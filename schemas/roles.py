"""Who may do what: the one table of roles and permissions.

Each role may do everything that the roles before it may. `PUBLIC` needs no login; `INGEST` is for
producers' keys alone, which can do nothing else.
"""

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """The least first, so that the order of definition is the order of rights."""

    VIEWER = "viewer"
    ANALYST = "analyst"
    OPERATOR = "operator"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """0 may the least."""
        return _RANKS[self]


_RANKS: Final = {role: rank for rank, role in enumerate(Role)}


class Permission(StrEnum):
    """What a route asks for; every route declares exactly one."""

    PUBLIC = "public"
    INGEST = "ingest"
    READ = "read"
    OWN_ACCOUNT = "own_account"
    DECIDE_ALERTS = "decide_alerts"
    WRITE_SOURCES = "write_sources"
    WRITE_KEYS = "write_keys"
    READ_RAW_BYTES = "read_raw_bytes"
    REPLAY_DEAD_LETTERS = "replay_dead_letters"
    PURGE_DEAD_LETTERS = "purge_dead_letters"
    WRITE_USERS = "write_users"
    READ_AUDIT = "read_audit"
    READ_SETTINGS = "read_settings"


# The least role that has it; None: no role, see PUBLIC and INGEST.
LEAST_ROLE: Final[dict[Permission, Role | None]] = {
    Permission.PUBLIC: None,
    Permission.INGEST: None,
    Permission.READ: Role.VIEWER,
    Permission.OWN_ACCOUNT: Role.VIEWER,
    Permission.DECIDE_ALERTS: Role.ANALYST,
    Permission.WRITE_SOURCES: Role.OPERATOR,
    Permission.WRITE_KEYS: Role.OPERATOR,
    Permission.READ_RAW_BYTES: Role.OPERATOR,
    Permission.REPLAY_DEAD_LETTERS: Role.OPERATOR,
    Permission.PURGE_DEAD_LETTERS: Role.ADMIN,
    Permission.WRITE_USERS: Role.ADMIN,
    Permission.READ_AUDIT: Role.ADMIN,
    Permission.READ_SETTINGS: Role.ADMIN,
}


_LOOKING: Final = frozenset(
    {
        Permission.PUBLIC,
        Permission.READ,
        Permission.READ_RAW_BYTES,
        Permission.READ_AUDIT,
        Permission.READ_SETTINGS,
    }
)


def changes(permission: Permission) -> bool:
    """Whether what it opens may change something, so that doing it twice is not the same."""
    return permission not in _LOOKING


def may(role: Role, permission: Permission) -> bool:
    """Whether somebody of this role has the permission."""
    least = LEAST_ROLE[permission]
    return least is not None and role.rank >= least.rank
