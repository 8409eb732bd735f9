"""Paths as settings give them."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator


def expanded(path: Path) -> Path:
    """With the home of a user for `~`, which no shell has replaced in `.env`, nor after `=`.

    Raises ValueError when there is no such user.
    """
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise ValueError(f"{path}: there is no home of that name") from error


def expanded_glob(glob: str) -> str:
    """The same for what may hold wildcards. Raises ValueError when there is no such user."""
    return str(expanded(Path(glob))) if glob.startswith("~") else glob


HomePath = Annotated[Path, AfterValidator(expanded)]
HomeGlob = Annotated[str, AfterValidator(expanded_glob)]
