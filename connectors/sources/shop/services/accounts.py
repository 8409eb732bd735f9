"""accounts on auth-1: logfmt."""

from connectors.sources.shop.dice import dice, occasions
from connectors.sources.shop.faults.fault import Said
from connectors.sources.shop.fleet import AUTH, Stream
from connectors.sources.shop.stamps import iso
from connectors.sources.shop.visits import VERIFIED, Visit

_USES = VERIFIED | {"login"}


def asked(visit: Visit) -> list[Said]:
    """The session that a visit opened or showed; none where its caller would not speak to us."""
    if visit.kind.name not in _USES or visit.unverified:
        return []
    what = "opened" if visit.kind.name == "login" else "verified"
    text = f"session of user {visit.user} {what}"
    return [_line(visit.ended - 0.004, "info", text, f" caller={visit.api} trace={visit.trace}")]


def usual(seed: int, start: float, stop: float) -> list[Said]:
    """Sessions that end, wrong passwords, and keys that are turned over."""
    found = []
    for at in occasions(seed, "sessions swept", 60, start, stop):
        count = dice(seed, "swept", int(at)).randint(3, 60)
        found.append(_line(at, "info", f"{count} sessions ended after 30 minutes without use"))
    for at in occasions(seed, "wrong password", 200, start, stop):
        user = dice(seed, "wrong", int(at)).randint(20_000, 29_000)
        found.append(_line(at, "warn", f"wrong password for user {user}"))
    for at in occasions(seed, "signing key", 3600, start, stop):
        found.append(_line(at, "info", f"signing key {int(at / 3600) % 1000} is in use"))
    return found


def _line(at: float, level: str, text: str, more: str = "") -> Said:
    return Said(at, Stream(AUTH, "accounts"), f'time={iso(at)} level={level} msg="{text}"{more}')
