"""JSON from outside, made such that Postgres and every reader can take it. Pure."""

import math
from collections.abc import Mapping
from typing import Any, Final

from schemas.headers import NUL_PICTURE

LEVELS: Final = 32


def plain(value: Any, levels: int = LEVELS) -> Any:
    """The value without NUL, half characters and NaN, which Postgres does not keep.

    Raises ValueError when it is nested deeper than `levels`.
    """
    if isinstance(value, str):
        return value.replace("\x00", NUL_PICTURE).encode("utf-8", "replace").decode()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if not isinstance(value, Mapping | list | tuple | set | frozenset):
        return value
    if levels == 0:
        raise ValueError(f"nested deeper than {LEVELS} levels")
    if isinstance(value, Mapping):
        return {plain(str(name)): plain(below, levels - 1) for name, below in value.items()}
    return [plain(below, levels - 1) for below in value]
