"""Whether a disk still has room: the edges ask before they take data that the broker must keep."""

import json
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_GIB = 1024**3


def instance_disk_fault(data_dir: Path, floor_gib: float) -> str | None:
    """The same of every disk on which the embedded broker of a data directory relies: its own, and
    that of the database where root keeps it elsewhere. None where there is no embedded broker.
    """
    faults = (free_disk_fault(place, floor_gib) for place in _places(data_dir))
    return next(filter(None, faults), None)


def free_disk_fault(path: Path, floor_gib: float) -> str | None:
    """Why new data must be refused, or None while more than `floor_gib` GiB are free.

    Raises FileNotFoundError when `path` does not exist.
    """
    free_gib = shutil.disk_usage(path).free / _GIB
    if free_gib >= floor_gib:
        return None
    return f"{free_gib:.2f} GiB free on the disk of {path}, less than DISK_FLOOR_GIB={floor_gib:g}"


def _places(data_dir: Path) -> Iterator[Path]:
    if not (data_dir / "kafka" / "topics" / "meta.properties").exists():
        return
    yield data_dir
    with suppress(OSError, ValueError, KeyError):  # not recorded: it lies in the data directory
        home = Path(json.loads((data_dir / "postgres.json").read_text(encoding="utf-8"))["home"])
        if home.is_dir():
            yield home
