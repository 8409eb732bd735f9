"""Where a request comes from, and where a login may lead. Pure."""

from ipaddress import ip_address
from typing import Final, NamedTuple
from urllib.parse import quote, urlsplit

_LONGEST: Final = 2000


class Site(NamedTuple):
    """The address as the browser sees it: `secure` under HTTPS, `host` with its port."""

    host: str
    secure: bool

    @property
    def origin(self) -> str:
        """As browsers write it."""
        return f"{'https' if self.secure else 'http'}://{self.host}"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine is meant."""
        return is_loopback(urlsplit(f"//{self.host}").hostname or "")


def site_of(scheme: str, host: str, public_url: str) -> Site:
    """`public_url` (UI_URL) says what a proxy that ends TLS hides from us."""
    public = urlsplit(public_url)
    behind = public.scheme == "https" and host.lower() == public.netloc.lower()
    return Site(host.lower(), scheme in ("https", "wss") or behind)


def is_loopback(host: str) -> bool:
    """Whether a name or address means this machine."""
    if host.lower() == "localhost":
        return True
    try:
        found = ip_address(host)
    except ValueError:
        return False
    return bool((getattr(found, "ipv4_mapped", None) or found).is_loopback)


def is_our_own(origin: str | None, fetch_site: str | None, site: Site) -> bool:
    """Whether a page of ours sent it; a browser that says no origin must say `same-origin`."""
    if origin is None or origin == "null":
        return fetch_site == "same-origin"
    return origin.lower() == site.origin


def next_path(wanted: str | None) -> str:
    """Where the login leads: a path of this site, "/" for anything else."""
    path = wanted or "/"
    plain = path.isprintable() and "\\" not in path and len(path) <= _LONGEST
    if not plain or not path.startswith("/") or path.startswith("//"):
        return "/"
    parts = urlsplit(path)
    return "/" if parts.scheme or parts.netloc or parts.path in ("/login", "/logout") else path


def login_path(wanted: str) -> str:
    """The login that leads back to `wanted`."""
    path = next_path(wanted)
    return "/login" if path == "/" else f"/login?next={quote(path, safe='')}"
