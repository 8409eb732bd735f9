"""A port of the switch goes down and up; the web server behind it comes and goes with it."""

from collections.abc import Sequence
from random import Random
from typing import Final

from connectors.sources.shop import syslog
from connectors.sources.shop.faults.fault import Fault, Said, Strain, Truth, every
from connectors.sources.shop.fleet import EDGE, SWITCH
from connectors.sources.shop.services.switch import switched

_PORT: Final = "GigabitEthernet1/0/7"
_WEB: Final = "web-2"
_PERIOD: Final = 12.0
_DOWN: Final = 9.5  # of each period


def _strain(since: float) -> Strain:
    down = since % _PERIOD < _DOWN
    return Strain(cut=_WEB, unreachable=down, link=1 - _DOWN / _PERIOD, stuck_ms=3000)


def _complaint(_random: Random, _at: float) -> str:
    return "client went away before the answer"


def _tell(start: float, stop: float, onset: float, random: Random) -> Sequence[Said]:
    found = []
    for since in every(_PERIOD, 0, start, stop):
        at = onset + since
        found += [
            switched(at, "LINK-3-UPDOWN", f"Interface {_PORT}, changed state to down"),
            syslog.said(
                at, _WEB, "kernel", syslog.ERROR, "igb 0000:03:00.0 eth0: NIC Link is Down"
            ),
        ]
    for since in every(_PERIOD, 2.5, start, stop):
        at = onset + since + random.random()
        text = (
            f"Server web/{_WEB} is DOWN, reason: Layer4 timeout, check duration: 2001ms."
            " 1 active and 0 backup servers left. 0 sessions active, 0 requeued"
        )
        found.append(syslog.said(at, EDGE, "haproxy", syslog.CRITICAL, text))
    for since in every(_PERIOD, _DOWN, start, stop):
        at = onset + since
        found += [
            switched(at, "LINK-3-UPDOWN", f"Interface {_PORT}, changed state to up"),
            syslog.said(
                at,
                _WEB,
                "kernel",
                syslog.NOTICE,
                "igb 0000:03:00.0 eth0: NIC Link is Up 1000 Mbps Full Duplex",
            ),
        ]
    for since in every(_PERIOD, _DOWN + 1.5, start, stop):
        text = f"Port {_PORT} instance 10 moving from learning to forwarding"
        found.append(switched(onset + since, "SPANTREE-6-PORT_STATE", text))
    return found


LINK_FLAP: Final = Fault(
    name="link_flap",
    truth=Truth(
        "port Gi1/0/7 of the switch is flapping; web-2 comes and goes",
        SWITCH,
        "switch",
        ("if_in_bps[Gi1/0/7]", "if_errors_per_s[Gi1/0/7]", "net_recv_bps[eth0]"),
        (SWITCH, _WEB, EDGE),
    ),
    lasts=600,
    strain=_strain,
    complaint=_complaint,
    tell=_tell,
)
