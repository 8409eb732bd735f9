"""Requests of the shop's visitors: who asks which web and API host for what, and how it ends."""

import math
from collections.abc import Callable
from random import Random
from typing import Final, NamedTuple

from connectors.sources.shop.dice import arrivals, dice
from connectors.sources.shop.faults.fault import Strain
from connectors.sources.shop.fleet import APIS, WEBS
from connectors.sources.shop.traffic import visitors

REQUESTS_A_SECOND: Final = 1.0  # at mean traffic
_SPREAD: Final = 0.3  # of the logarithm of what a request takes


class Kind(NamedTuple):
    """`ms` is the median of what it takes, `size` that of its answer in bytes."""

    name: str
    share: float
    method: str
    path: str
    ms: float
    size: int
    api: bool = True
    status: int = 200


KINDS: Final = (
    Kind("home", 0.14, "GET", "/", 38, 18_200),
    Kind("list", 0.17, "GET", "/products?page={page}", 52, 24_100),
    Kind("product", 0.25, "GET", "/products/{product}", 34, 15_800),
    Kind("search", 0.10, "GET", "/search?q={product}", 71, 12_400),
    Kind("cart", 0.07, "GET", "/cart", 26, 6_300),
    Kind("cart_add", 0.07, "POST", "/cart/items", 41, 310),
    Kind("login", 0.05, "POST", "/login", 64, 420, status=302),
    Kind("account", 0.04, "GET", "/account/orders", 47, 8_800),
    Kind("checkout", 0.04, "POST", "/checkout", 118, 960, status=201),
    Kind("asset", 0.06, "GET", "/static/app.js", 2, 184_000, api=False),
    Kind("missing", 0.01, "GET", "/robots.txt", 1, 153, api=False, status=404),
)
_SHARES: Final = [kind.share for kind in KINDS]


class Visit(NamedTuple):
    """One request; `began` in Unix seconds. `web` "" means that no web host could be reached.

    `complaint` is what the API host says where the request failed there, else "".
    """

    began: float
    ms: float
    kind: Kind
    path: str
    status: int
    size: int
    client: str
    web: str
    api: str
    user: int
    product: int
    order: int
    trace: str
    complaint: str

    @property
    def ended(self) -> float:
        """When it was answered, and so logged."""
        return self.began + self.ms / 1000


def share_failing(strain: Strain) -> float:
    """The share of all requests that fail under a strain, 0 to 1."""
    touched = sum(kind.share for kind in KINDS if _touches(strain, kind))
    hosts = 1 / len(APIS) if strain.host else 1.0
    cut = (1 - strain.link) / len(WEBS) if strain.cut else 0.0
    return strain.failing * touched * hosts + cut


def visits(
    seed: int,
    tick: int,
    start: float,
    stop: float,
    strain: Callable[[float], Strain],
    complaint: Callable[[Random, float], str],
) -> list[Visit]:
    """Requests that begin in [start, stop); a fault changes how they end, not which they are."""
    random, trouble = dice(seed, "visits", tick), dice(seed, "trouble", tick)
    load = visitors(seed, start)
    found = []
    for began in arrivals(random, REQUESTS_A_SECOND * load, start, stop):
        visit = _healthy(random, began, load)
        suffered = strain(began)
        found.append(_suffering(visit, suffered, trouble, complaint))
    return found


def _healthy(random: Random, began: float, load: float) -> Visit:
    kind = random.choices(KINDS, _SHARES)[0]
    product = 1000 + int(2000 * random.random() ** 2)
    page = 1 + int(12 * random.random() ** 3)
    return Visit(
        began=began,
        ms=kind.ms * (0.8 + 0.2 * load) * math.exp(random.gauss(0, _SPREAD)),
        kind=kind,
        path=kind.path.format(page=page, product=product),
        status=kind.status,
        size=int(kind.size * random.uniform(0.97, 1.03)),
        client=f"203.0.113.{1 + int(253 * random.random())}",
        web=random.choice(WEBS),
        api=random.choice(APIS) if kind.api else "",
        user=20_000 + int(9000 * random.random()),
        product=product,
        order=int(began / 7) % 10_000_000,
        trace=f"{random.getrandbits(64):016x}",
        complaint="",
    )


def _suffering(
    visit: Visit, strain: Strain, random: Random, complaint: Callable[[Random, float], str]
) -> Visit:
    luck = random.random()
    if strain.unreachable and visit.web == strain.cut:
        return visit._replace(web="", api="", status=503, size=107, ms=strain.stuck_ms)
    if not visit.api:
        return visit
    fails = _touches(strain, visit.kind) and strain.host in ("", visit.api)
    if fails and luck < strain.failing:
        ms = strain.stuck_ms * (1 + 0.1 * luck)
        text = complaint(random, visit.began + ms / 1000)
        return visit._replace(status=strain.status, size=162, ms=ms, complaint=text)
    slower = strain.latency if strain.host in ("", visit.api) else 1.0
    return visit._replace(ms=visit.ms * slower)


def _touches(strain: Strain, kind: Kind) -> bool:
    return kind.api and (not strain.kinds or kind.name in strain.kinds)
