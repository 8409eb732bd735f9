"""How made-up data is known: its records say so, and its sources have names that begin alike."""

from typing import Final, Literal

SOURCE_PREFIX: Final = "demo/"  # no other edge names a source so
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
