"""Which files a path means: itself, or every text file below a folder; and why not the others.

Nothing that our own agents write is ever read: what they log would come back to them as lines.
Below the data directory only the logs of the embedded servers are open.
"""

import glob
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

from connectors.sources.opening import CorruptError
from connectors.sources.recognising import first_kib

_SOURCE_CHARACTERS: Final = 200
_SERVERS_LOGS: Final = ("kafka*.log", "postgres*.log")


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that is not read, and why, in words for people."""

    path: Path
    reason: str


def files_in(folder: Path) -> Iterator[Path | Skipped]:
    """Whatever lies below `folder`, in order of name; links to folders are not followed."""
    faults: list[OSError] = []
    for parent, folders, names in os.walk(folder, onerror=faults.append):
        folders.sort()
        yield from (Path(parent, name) for name in sorted(names))
    for fault in faults:
        yield Skipped(Path(fault.filename), fault.strerror or "cannot be listed")


def files_named(pattern: str) -> Iterator[Path | Skipped]:
    """The files that a path, a folder or a glob means now."""
    path = Path(pattern).absolute()
    if path.is_dir():
        yield from files_in(path)
    elif glob.has_magic(pattern):
        for found in sorted(glob.iglob(str(path), recursive=True)):
            yield from files_in(Path(found)) if Path(found).is_dir() else [Path(found)]
    else:
        yield path


def own_log(path: Path, data_dir: Path) -> str:
    """Why a file may not be read at all: it is ours; "" when it may."""
    root, real = data_dir.resolve(), path.resolve()
    if not real.is_relative_to(root):
        return ""
    servers = real.parent == root / "logs" and any(fnmatch(real.name, p) for p in _SERVERS_LOGS)
    return "" if servers else "belongs to this instance itself; its own log must not feed it"


def unfit(path: Path) -> str:
    """Why a file found in a folder is not a log to read; "" when it is."""
    if not path.is_file():
        return "not a regular file"
    try:
        head = first_kib(path)
    except OSError as error:
        return error.strerror or "cannot be read"
    except CorruptError as error:
        return str(error)
    return "binary (NUL in its first KiB)" if b"\0" in head else ""


def source_of(path: Path) -> str:
    """The name of a file's source where none is given: file: and its absolute path.

    Agents count under 200 characters: a longer name lacks its middle, and ends with a hash of all.
    """
    name = "file:" + os.fsencode(path.absolute()).decode("utf-8", "backslashreplace")
    if len(name) <= _SOURCE_CHARACTERS:
        return name
    digest = hashlib.blake2b(name.encode(), digest_size=6).hexdigest()
    ends = (_SOURCE_CHARACTERS - len(digest) - 2) // 2
    return f"{name[:ends]}…{name[-ends:]}#{digest}"
