"""haproxy on the edge: one line a request, through syslog."""

from connectors.sources.shop.faults.fault import Said
from connectors.sources.shop.fleet import EDGE, Stream
from connectors.sources.shop.stamps import bsd, stamp
from connectors.sources.shop.syslog import pid
from connectors.sources.shop.visits import Visit


def requested(visit: Visit) -> Said:
    """The line of a visit, written when it was answered."""
    ms = max(1, int(visit.ms))
    port = 1024 + visit.order % 60_000
    line = (
        f"{bsd(visit.ended)} {EDGE} haproxy[{pid(EDGE, 'haproxy')}]: {visit.client}:{port}"
        f" [{stamp('%d/%b/%Y:%H:%M:%S.%f', visit.began)}] https~ web/{visit.web}"
        f" 0/0/1/{ms - 1}/{ms} {visit.status} {visit.size} - - ---- 9/9/2/1/0 0/0"
        f' "{visit.kind.method} {visit.path} HTTP/1.1"'
    )
    return Said(visit.ended, Stream(EDGE, "haproxy"), line)
