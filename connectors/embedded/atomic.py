"""Files that are whole or absent, and readable by their owner alone."""

import os
from pathlib import Path


def write_private(path: Path, text: str) -> None:
    """Replaces `path` in one step with mode 0600; a reader sees the old text or the new one."""
    _fresh(path, text).replace(path)


def make_private(path: Path, text: str) -> None:
    """Makes `path` with mode 0600; of several processes that do so, the first wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = _fresh(path, text)
    try:
        os.link(fresh, path)
    except FileExistsError:
        return
    finally:
        fresh.unlink()


def _fresh(path: Path, text: str) -> Path:
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return fresh
