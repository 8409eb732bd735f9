"""nginx on the web hosts: its access log, its error log, and the health checks of the edge."""

from typing import Final

from connectors.sources.shop.dice import dice, occasions
from connectors.sources.shop.faults.fault import Said
from connectors.sources.shop.fleet import BY_NAME, EDGE, WEBS, Stream
from connectors.sources.shop.stamps import stamp
from connectors.sources.shop.syslog import pid
from connectors.sources.shop.visits import Visit

_AGENTS: Final = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36",
)
_REASONS: Final = {
    502: "upstream prematurely closed connection while reading response header from upstream",
    503: "upstream sent status 503, the request is passed to the next",
}


def served(visit: Visit) -> list[Said]:
    """The access line of a visit, and an error line where its first API host failed."""
    stream = Stream(visit.web, "nginx")
    access = _access(
        visit.ended,
        visit.client,
        f"{visit.kind.method} {visit.path}",
        visit.status,
        visit.size,
        _AGENTS[visit.user % len(_AGENTS)],
    )
    found = [Said(visit.ended, stream, access)]
    if visit.failed:
        upstream = f"http://{BY_NAME[visit.failed].address}:8080{visit.path}"
        request = f"{visit.kind.method} {visit.path} HTTP/1.1"
        reason = _REASONS[visit.failed_status]
        text = (
            f"*{visit.order} {reason}, client: {visit.client}, server: shop.example,"
            f' request: "{request}", upstream: "{upstream}", host: "shop.example"'
        )
        found.append(_error(visit.began + visit.stuck_ms / 1000, visit.web, text))
    return found


def usual(seed: int, start: float, stop: float) -> list[Said]:
    """Health checks, and a file that browsers ask for and nobody has."""
    found = []
    for host in WEBS:
        for at in occasions(seed, f"check {host}", 20, start, stop):
            access = _access(at, BY_NAME[EDGE].address, "GET /healthz", 200, 2, "haproxy")
            found.append(Said(at, Stream(host, "nginx"), access))
        for at in occasions(seed, f"icon {host}", 600, start, stop):
            random = dice(seed, f"icon of {host}", int(at))
            text = (
                f'*{int(at / 7) % 10_000_000} open() "/usr/share/nginx/html/favicon.ico" failed'
                f" (2: No such file or directory), client: 203.0.113.{random.randint(1, 254)},"
                ' server: shop.example, request: "GET /favicon.ico HTTP/1.1",'
                ' host: "shop.example"'
            )
            found.append(_error(at, host, text))
    return found


def _access(at: float, client: str, request: str, status: int, size: int, agent: str) -> str:
    moment = stamp("%d/%b/%Y:%H:%M:%S +0000", at)
    return f'{client} - - [{moment}] "{request} HTTP/1.1" {status} {size} "-" "{agent}"'


def _error(at: float, host: str, text: str) -> Said:
    number = pid(host, "nginx")
    line = f"{stamp('%Y/%m/%d %H:%M:%S', at)} [error] {number}#{number}: {text}"
    return Said(at, Stream(host, "nginx"), line)
