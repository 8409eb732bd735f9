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
VERIFIED: Final = frozenset({"account", "checkout"})  # whose session is verified
_SHARES: Final = [kind.share for kind in KINDS]


class Visit(NamedTuple):
    """One request; `began` in Unix seconds. `api` is the API host that answered it, if any did.

    Where it suffered, `complaint` is what an API host says of it: `failed` is the one on which it
    had failed before, after `stuck_ms`; "" where it was only warned of.
    """

    began: float
    ms: float
    kind: Kind
    path: str
    size: int
    client: str
    web: str
    api: str
    user: int
    product: int
    order: int
    trace: str
    complaint: str = ""
    failed: str = ""
    failed_status: int = 0
    stuck_ms: float = 0.0

    @property
    def status(self) -> int:
        """Of the answer."""
        return self.kind.status

    @property
    def ended(self) -> float:
        """When it was answered, and so logged."""
        return self.began + self.ms / 1000

    @property
    def unverified(self) -> bool:
        """Whether its session could not be verified."""
        return bool(self.complaint) and not self.failed


def visits(
    seed: int,
    tick: int,
    start: float,
    stop: float,
    strain: Callable[[float], Strain],
    complaint: Callable[[Random, float], str],
) -> list[Visit]:
    """Requests that begin in [start, stop); a fault changes how they go, not which they are."""
    random, trouble = dice(seed, "visits", tick), dice(seed, "trouble", tick)
    load = visitors(seed, start)
    found = []
    for began in arrivals(random, REQUESTS_A_SECOND * load, start, stop):
        visit = _healthy(random, began, load)
        found.append(_suffering(visit, strain(began), trouble, complaint))
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
        size=int(kind.size * random.uniform(0.97, 1.03)),
        client=f"203.0.113.{1 + int(253 * random.random())}",
        web=random.choice(WEBS),
        api=random.choice(APIS) if kind.api else "",
        user=20_000 + int(9000 * random.random()),
        product=product,
        order=int(began / 7) % 10_000_000,
        trace=f"{random.getrandbits(64):016x}",
    )


def _suffering(
    visit: Visit, strain: Strain, random: Random, complaint: Callable[[Random, float], str]
) -> Visit:
    luck = random.random()
    if visit.kind.name in VERIFIED and luck < strain.refused:
        return visit._replace(complaint=complaint(random, visit.ended))
    if not visit.api or visit.api != strain.host:
        return visit
    if luck >= strain.failing:
        return visit._replace(ms=visit.ms * strain.latency)
    stuck = strain.stuck_ms * (1 + 0.1 * luck)
    return visit._replace(
        ms=visit.ms + stuck,
        api=APIS[(APIS.index(visit.api) + 1) % len(APIS)],
        complaint=complaint(random, visit.began + stuck / 1000),
        failed=visit.api,
        failed_status=strain.status,
        stuck_ms=stuck,
    )
