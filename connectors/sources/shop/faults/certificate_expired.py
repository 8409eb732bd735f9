"""The certificate of the accounts service expires: sessions are taken from a cache, unverified."""

from collections.abc import Sequence
from random import Random
from typing import Final

from connectors.sources.shop.faults.fault import Fault, Said, Strain, Truth, every
from connectors.sources.shop.fleet import APIS, AUTH, BY_NAME, Stream
from connectors.sources.shop.stamps import iso, stamp


def _strain(_since: float) -> Strain:
    return Strain(refused=1.0)


def _complaint(random: Random, at: float) -> str:
    now = stamp("%Y-%m-%dT%H:%M:%SZ", at)
    return (
        f"session of user {random.randint(20_000, 29_000)} taken from cache: https://auth-1:8443"
        f" answers x509: certificate has expired or is not yet valid: current time {now}"
    )


def _tell(start: float, stop: float, onset: float, random: Random) -> Sequence[Said]:
    found = []
    for since in every(1.7, 0.5, start, stop):
        at = onset + since + random.random()
        peer = f"{BY_NAME[random.choice(APIS)].address}:{random.randint(32_768, 60_999)}"
        line = (
            f"time={iso(at)} level=error"
            f' msg="TLS handshake with {peer} failed: remote error: tls: expired certificate"'
        )
        found.append(Said(at, Stream(AUTH, "accounts"), line))
    return found


CERTIFICATE_EXPIRED: Final = Fault(
    name="certificate_expired",
    truth=Truth(
        "the certificate of the accounts service on auth-1 has expired",
        AUTH,
        "accounts",
        ("error_rate",),
        (AUTH, *APIS),
    ),
    lasts=900,
    strain=_strain,
    complaint=_complaint,
    tell=_tell,
)
