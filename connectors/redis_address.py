"""Where Redis is, from the settings alone: no client is loaded for this."""

from urllib.parse import urlsplit, urlunsplit

from schemas.settings import Settings


def is_named(settings: Settings) -> bool:
    """Whether the settings say where Redis is."""
    return bool(settings.redis_url.get_secret_value() or settings.redis_host)


def is_wanted(settings: Settings) -> bool:
    """Whether there is a Redis to use."""
    return settings.redis_enabled and is_named(settings)


def url_of(settings: Settings) -> str:
    """Where Redis is, with its password where REDIS_URL holds one; "" when there is none."""
    if not is_wanted(settings):
        return ""
    host = settings.redis_host
    host = f"[{host}]" if ":" in host else host
    made = f"redis://{host}:{settings.redis_port}/{settings.redis_db}"
    return settings.redis_url.get_secret_value() or made


def without_password(url: str) -> str:
    """The same address, to be shown: without user, password and options."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
