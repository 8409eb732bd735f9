"""The system logs of all servers: cron, systemd, sshd, time keeping, the monitoring's agent."""

from connectors.sources.shop.dice import dice, occasions
from connectors.sources.shop.faults.fault import Said
from connectors.sources.shop.fleet import SERVERS
from connectors.sources.shop.syslog import ERROR, INFO, WARNING, said

_MONITOR = "10.20.4.80"
_CRON_SECONDS = 300


def usual(seed: int, start: float, stop: float) -> list[Said]:
    """Of every server."""
    found: list[Said] = []
    for place, host in enumerate(SERVERS):
        found += _timed(host.name, place, start, stop)
        found += _random(seed, host.name, start, stop)
    return found


def _timed(host: str, place: int, start: float, stop: float) -> list[Said]:
    """Cron, every five minutes, on each host at its own second."""
    first = -(-(start - place) // _CRON_SECONDS) * _CRON_SECONDS + place
    if first >= stop:
        return []
    text = "(root) CMD (/usr/lib/sysstat/sa1 1 1)"
    return [said(first + 0.2, host, "CRON", INFO, text)]


def _random(seed: int, host: str, start: float, stop: float) -> list[Said]:
    found = []
    for at in occasions(seed, f"agent {host}", 90, start, stop):
        count = dice(seed, f"agent on {host}", int(at)).randint(180, 240)
        found.append(said(at, host, "node-agent", INFO, f"{count} samples handed over"))
    for at in occasions(seed, f"clock {host}", 1024, start, stop):
        offset = dice(seed, f"clock of {host}", int(at)).uniform(-0.0009, 0.0009)
        text = f"System clock offset is {offset:.6f} seconds"
        found.append(said(at, host, "chronyd", INFO, text))
    for at in occasions(seed, f"login {host}", 1500, start, stop):
        port = dice(seed, f"login on {host}", int(at)).randint(32_768, 60_999)
        who = f"for deploy from {_MONITOR} port {port} ssh2"
        found += [
            said(at, host, "sshd", INFO, f"Accepted publickey {who}: ED25519"),
            said(
                at + 0.1, host, "systemd-logind", INFO, f"New session {port % 9000} of user deploy."
            ),
            said(
                at + 9, host, "sshd", INFO, f"Disconnected from user deploy {_MONITOR} port {port}"
            ),
        ]
    for at in occasions(seed, f"rotate {host}", 3600, start, stop):
        text = "logrotate.service: Deactivated successfully."
        found.append(said(at, host, "systemd", INFO, text))
    for at in occasions(seed, f"scan {host}", 2400, start, stop):
        text = "error: kex_exchange_identification: Connection closed by remote host"
        found.append(said(at, host, "sshd", ERROR, text))
    for at in occasions(seed, f"certificate {host}", 2700, start, stop):
        text = "resolver 10.20.0.53 answered after 1200 ms"
        found.append(said(at, host, "systemd-resolved", WARNING, text))
    return found
