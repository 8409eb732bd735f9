"""Who is at the other end of a connection, and how far what stands between is believed."""

import secrets
from collections.abc import Sequence
from http import HTTPStatus
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final, NamedTuple

from starlette.datastructures import Headers
from starlette.types import Scope

from api.problems import Problem

UI_HEADER: Final = "x-foreshock-ui"
ACTION_HEADER: Final = "x-foreshock-action"
_ACTION_CHARACTERS: Final = 100
_KEY: Final = "foreshock.client"

Network = IPv4Network | IPv6Network


class Client(NamedTuple):
    """`address` is the sender's as far as it can be believed; `local`: a program of this machine.

    `action` names what a person did in the UI, which may be several requests; "" elsewhere.
    """

    address: str
    https: bool
    local: bool
    action: str


class Clients:
    """`trusted` are the proxies that are believed, `ui_secret` is what the UI presents."""

    def __init__(self, trusted: Sequence[str], ui_secret: str) -> None:
        self._networks = [ip_network(one, strict=False) for one in trusted]
        self._ui_secret = ui_secret.encode()

    def of(self, scope: Scope) -> Client:
        """The client of a request. Raises Problem 401 for a wrong credential of the UI."""
        headers = Headers(scope=scope)
        is_ui = self._is_ui(headers)
        peer = scope["client"][0] if scope.get("client") else ""
        believed = is_ui or is_in(peer, self._networks)
        hops = [hop for line in headers.getlist("x-forwarded-for") for hop in line.split(",")]
        address = origin_of(peer, hops, self._networks) if believed else peer
        scheme = scope.get("scheme", "http")
        if believed:
            scheme = headers.get("x-forwarded-proto", scheme).partition(",")[0].strip().lower()
        claimed = hops or "forwarded" in headers
        action = headers.get(ACTION_HEADER, "")[:_ACTION_CHARACTERS] if is_ui else ""
        local = _is_loopback(address) and (believed or not claimed)
        return Client(address, scheme in ("https", "wss"), local, action)

    def _is_ui(self, headers: Headers) -> bool:
        said = headers.get(UI_HEADER)
        if said is None:
            return False
        if not secrets.compare_digest(said.encode(), self._ui_secret):
            detail = (
                "X-Foreshock-UI is not the secret of this instance; give the UI the same"
                " UI_SERVICE_SECRET or FORESHOCK_DATA as the API"
            )
            raise Problem(HTTPStatus.UNAUTHORIZED, "wrong-ui-credential", detail)
        return True


def origin_of(peer: str, hops: Sequence[str], trusted: Sequence[Network]) -> str:
    """The last address that nobody but trusted proxies has passed on; `hops`: the nearest last.

    What stands before the first stranger was written by the stranger, and may be anything.
    """
    address = peer
    for hop in reversed(hops):
        found = _plain(hop)
        if not found:
            break
        address = found
        if not is_in(found, trusted):
            break
    return address


def is_in(address: str, networks: Sequence[Network]) -> bool:
    """Whether the address lies in one of the networks."""
    try:
        found = ip_address(_plain(address))
    except ValueError:
        return False
    return any(found in network for network in networks)


def client_in(scope: Scope) -> Client:
    """The client of the request that this scope belongs to."""
    client: Client = scope[_KEY]
    return client


def keep_client(scope: Scope, client: Client) -> None:
    """From here on `client_in` finds it."""
    scope[_KEY] = client


def _plain(hop: str) -> str:
    """The address without port, brackets, and an IPv4 address without its IPv6 dress."""
    text = hop.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text)
    except ValueError:
        return ""
    return str(getattr(found, "ipv4_mapped", None) or found)


def _is_loopback(address: str) -> bool:
    plain = _plain(address)
    return bool(plain) and ip_address(plain).is_loopback
