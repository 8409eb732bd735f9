"""What the operating system refuses, as a sentence for people and what to do about it."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from schemas.errors import UserError

_ELSEWHERE: Final = "choose another directory with --data DIR"
_REMEDIES: Final = {
    errno.EACCES: f"run as the user that it belongs to, or {_ELSEWHERE}",
    errno.EPERM: f"run as the user that it belongs to, or {_ELSEWHERE}",
    errno.ENOTDIR: f"a file stands where a directory is needed: {_ELSEWHERE}",
    errno.EEXIST: f"a file stands where a directory is needed: {_ELSEWHERE}",
    errno.ENOSPC: f"free the disk, or {_ELSEWHERE}",
    errno.EDQUOT: f"free what your quota counts, or {_ELSEWHERE}",
    errno.EROFS: f"mount it for writing, or {_ELSEWHERE}",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
}


def refusal(error: OSError, path: Path | None = None) -> UserError:
    """The same for people; `path` is what was wanted, where the error does not name it. Pure."""
    where = error.filename or path
    said = error.strerror or str(error) or type(error).__name__
    remedy = _REMEDIES.get(error.errno or 0, "")
    return UserError(f"{where}: {said}" if where else said, remedy)


@contextmanager
def refused_for(path: Path) -> Iterator[None]:
    """Raises UserError for what the operating system refuses inside."""
    try:
        yield
    except OSError as error:
        raise refusal(error, path) from error
