"""In which time zone this machine's programs write their logs."""

from zoneinfo import ZoneInfoNotFoundError

from tzlocal import get_localzone_name

from schemas.settings import Settings
from schemas.timezones import timezone


def of_files(settings: Settings) -> str:
    """LOG_TIMEZONE, else the name of this machine's zone; "" where it has none with a name."""
    if settings.log_timezone:
        return settings.log_timezone
    try:
        name = get_localzone_name() or ""
    except (ZoneInfoNotFoundError, ValueError):  # two answers, or a TZ that is none
        return ""
    return name if timezone(name) else ""
