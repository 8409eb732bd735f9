"""All faults by name."""

from typing import Final

from connectors.sources.shop.faults.certificate_expired import CERTIFICATE_EXPIRED
from connectors.sources.shop.faults.disk_filling import DISK_FILLING
from connectors.sources.shop.faults.fault import Fault
from connectors.sources.shop.faults.link_flap import LINK_FLAP
from connectors.sources.shop.faults.memory_leak import MEMORY_LEAK
from connectors.sources.shop.faults.pool_exhausted import POOL_EXHAUSTED

FAULTS: Final[dict[str, Fault]] = {
    fault.name: fault
    for fault in (POOL_EXHAUSTED, DISK_FILLING, LINK_FLAP, MEMORY_LEAK, CERTIFICATE_EXPIRED)
}


def chosen(seed: int, wish: str, before: int) -> Fault | None:
    """The fault that the setting DEMO_FAULT means: one by its name, `none`, or with `random`
    the seed's own, and after `before` of them the next in turn.
    """
    if wish == "none":
        return None
    if wish != "random":
        return FAULTS[wish]
    faults = list(FAULTS.values())
    return faults[(seed - 1 + before) % len(faults)]
