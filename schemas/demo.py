"""How made-up data is known: its records say so, and its sources have names that begin alike."""

from typing import Final, Literal

SOURCE_PREFIX: Final = "demo/"  # no other edge names a source so
_OUTSIDE: Final = "outside/"
RANGE_PREFIX: Final = "demo:"

FaultWish = Literal[
    "random",
    "none",
    "pool_exhausted",
    "disk_filling",
    "link_flap",
    "memory_leak",
    "certificate_expired",
]


def of_strangers(name: str) -> str:
    """A source's name as a stranger gave it, unless it would count, and be deleted, as made up."""
    return _OUTSIDE + name if name.startswith(SOURCE_PREFIX) else name
