"""Whether a disk still has room: the edges ask before they take data that the broker must keep."""

import shutil
from pathlib import Path

_GIB = 1024**3


def free_disk_fault(path: Path, floor_gib: float) -> str | None:
    """Why new data must be refused, or None while more than `floor_gib` GiB are free.

    Raises FileNotFoundError when `path` does not exist.
    """
    free_gib = shutil.disk_usage(path).free / _GIB
    if free_gib >= floor_gib:
        return None
    return f"{free_gib:.2f} GiB free on the disk of {path}, less than DISK_FLOOR_GIB={floor_gib:g}"
