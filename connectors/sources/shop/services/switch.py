"""The switch: Cisco's syslog, as a device sends it."""

from connectors.sources.shop.dice import dice, occasions
from connectors.sources.shop.faults.fault import Said
from connectors.sources.shop.fleet import PORTS, SWITCH, Stream
from connectors.sources.shop.stamps import stamp


def switched(at: float, mnemonic: str, text: str) -> Said:
    """A line of the switch; the severity is the digit in the mnemonic."""
    severity = int(mnemonic.split("-")[1])
    moment = stamp("%b %e %Y %H:%M:%S.%f", at)
    line = f"<{184 + severity}>{int(at) % 100_000}: {SWITCH}: {moment} UTC: %{mnemonic}: {text}"
    return Said(at, Stream(SWITCH, "switch"), line)


def usual(seed: int, start: float, stop: float) -> list[Said]:
    """Neighbours, spanning tree and logins of the monitoring."""
    found = []
    for port in PORTS:
        for at in occasions(seed, f"lldp {port}", 240, start, stop):
            text = f"neighbor on interface {port} refreshed, time to live 120 s"
            found.append(switched(at, "LLDP-6-REFRESH", text))
    for at in occasions(seed, "spanning tree", 700, start, stop):
        port = dice(seed, "tree", int(at)).choice(list(PORTS))
        text = f"topology change notice on {port} in instance 10, no port changed its state"
        found.append(switched(at, "SPANTREE-6-TOPOLOGY", text))
    for at in occasions(seed, "switch login", 300, start, stop):
        text = "user monitor logged in from 10.20.4.80 by SNMPv3"
        found.append(switched(at, "SEC_LOGIN-6-SUCCESS", text))
    return found
