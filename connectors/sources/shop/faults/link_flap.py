"""A port of the switch goes down and up; the web server behind it lives on by its second link."""

from collections.abc import Sequence
from random import Random
from typing import Final

from connectors.sources.shop import syslog
from connectors.sources.shop.faults.fault import Fault, Said, Strain, Truth, every
from connectors.sources.shop.fleet import SWITCH
from connectors.sources.shop.services.switch import switched

_PORT: Final = "GigabitEthernet1/0/7"
_WEB: Final = "web-2"
_PERIOD: Final = 12.0
_DOWN: Final = 9.5  # of each period


def _strain(_since: float) -> Strain:
    return Strain(port="Gi1/0/7", link=1 - _DOWN / _PERIOD)


def _complaint(_random: Random, _at: float) -> str:
    return "the answer took the long way"


def _tell(start: float, stop: float, onset: float, _random: Random) -> Sequence[Said]:
    found = []
    for since in every(_PERIOD, 0, start, stop):
        at = onset + since
        down = "bond0: link status definitely down for interface eth1, disabling it"
        found += [
            switched(at, "LINK-3-UPDOWN", f"Interface {_PORT}, changed state to down"),
            switched(at + 0.2, "EC-5-UNBUNDLE", f"Interface {_PORT} left port-channel Po7"),
            syslog.said(at + 0.1, _WEB, "kernel", syslog.ERROR, down),
        ]
    for since in every(_PERIOD, _DOWN, start, stop):
        at = onset + since
        up = "bond0: link status definitely up for interface eth1, 1000 Mbps full duplex"
        found += [
            switched(at, "LINK-3-UPDOWN", f"Interface {_PORT}, changed state to up"),
            switched(at + 1.5, "EC-5-BUNDLE", f"Interface {_PORT} joined port-channel Po7"),
            syslog.said(at + 0.1, _WEB, "kernel", syslog.NOTICE, up),
        ]
    return found


LINK_FLAP: Final = Fault(
    name="link_flap",
    truth=Truth(
        "port Gi1/0/7 of the switch, one of two that lead to web-2, is flapping",
        SWITCH,
        "switch",
        ("if_in_bps[Gi1/0/7]", "if_errors_per_s[Gi1/0/7]"),
        (SWITCH, _WEB),
    ),
    lasts=900,
    strain=_strain,
    complaint=_complaint,
    tell=_tell,
)
