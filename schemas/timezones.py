"""Time zones by their names in the IANA database, e.g. Europe/Berlin."""

from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

UTC_NAME: Final = "UTC"


def timezone(name: str) -> ZoneInfo | None:
    """The zone of that name; None when there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; a path out of the database, or a folder
        return None


def check_timezone(name: str) -> str:
    """The same; "" stays. Raises ValueError for a name that the database does not know."""
    if name and timezone(name) is None:
        raise ValueError(f"{name!r} is no time zone; write one like Europe/Berlin or UTC")
    return name


TimezoneName = Annotated[str, AfterValidator(check_timezone)]
