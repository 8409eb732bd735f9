"""shop-api: one JSON object a line; a request is told by what it did."""

import json
from typing import Final

from connectors.sources.shop.dice import dice, occasions
from connectors.sources.shop.faults.fault import Said
from connectors.sources.shop.fleet import APIS, Stream
from connectors.sources.shop.stamps import iso
from connectors.sources.shop.visits import Visit

_DONE: Final = {
    "home": "start page put together for visitor in {ms} ms",
    "list": "products listed in {ms} ms",
    "product": "product {product} shown in {ms} ms",
    "search": "search answered in {ms} ms",
    "cart": "cart of user {user} shown in {ms} ms",
    "cart_add": "product {product} put into cart of user {user}",
    "login": "user {user} logged in",
    "account": "orders of user {user} listed in {ms} ms",
    "checkout": "order {order} placed by user {user}, paid in {ms} ms",
}
_SLOW_MS: Final = 500.0
_DEPLOYMENTS: Final = 7200.0  # one in each slot of so many seconds


def handled(visit: Visit) -> list[Said]:
    """What the API hosts of a visit say: failed on one, done or done slowly on another."""
    if not visit.api:
        return []
    found = []
    if visit.failed:
        at = visit.began + visit.stuck_ms / 1000
        found.append(_line(at, visit.failed, "error", visit.complaint, visit))
    elif visit.unverified:
        found.append(_line(visit.ended - 0.003, visit.api, "warn", visit.complaint, visit))
    own = visit.ms - visit.stuck_ms
    done = _DONE[visit.kind.name].format(
        ms=int(own), product=visit.product, user=visit.user, order=visit.order
    )
    found.append(_line(visit.ended, visit.api, "info", done, visit))
    if own > _SLOW_MS:
        text = f"slow request: {int(own)} ms, of which the database took {int(own - 9)}"
        found.append(_line(visit.ended, visit.api, "warn", text, visit))
    return found


def usual(seed: int, start: float, stop: float) -> list[Said]:
    """Reloads of prices, declined payments, slow requests, and deployments now and then."""
    found = []
    for host in APIS:
        for at in occasions(seed, f"prices {host}", 150, start, stop):
            count = dice(seed, f"prices of {host}", int(at)).randint(2990, 3010)
            found.append(_line(at, host, "info", f"{count} prices reloaded from cache"))
        for at in occasions(seed, f"declined {host}", 900, start, stop):
            order = int(at / 7) % 10_000_000
            text = f"payment of order {order} declined by the bank: card has insufficient funds"
            found.append(_line(at, host, "error", text))
        for at in occasions(seed, f"slow {host}", 1500, start, stop):
            ms = dice(seed, f"slow on {host}", int(at)).randint(520, 900)
            text = f"slow request: {ms} ms, of which the database took {ms - 9}"
            found.append(_line(at, host, "warn", text))
    for first in occasions(seed, "deployment", _DEPLOYMENTS, start - 60, stop):
        version = f"2.{int(first / 86_400) % 40}.{int(first / _DEPLOYMENTS) % 12}"
        for place, host in enumerate(APIS):
            at = first + 20 * place
            if start <= at < stop:
                text = f"shop-api {version} started, 8 workers"
                found.append(_line(at, host, "info", text))
    return found


def _line(at: float, host: str, level: str, text: str, visit: Visit | None = None) -> Said:
    line = (
        f'{{"ts":"{iso(at)}","level":"{level}","host":"{host}","service":"shop-api",'
        f'"msg":{json.dumps(text)}'
    )
    if visit:
        line += (
            f',"method":"{visit.kind.method}","path":"{visit.path}","status":{visit.status},'
            f'"ms":{int(visit.ms)},"trace":"{visit.trace}","user":{visit.user}'
        )
    return Said(at, Stream(host, "shop-api"), line + "}")
