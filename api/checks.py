"""Whether what the API needs answers now: asked at most once a second, never for longer."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple

from schemas.errors import Unavailable, UserError

Probe = Callable[[], Awaitable[None]]

_PROBE_SECONDS: Final = 0.8  # a health page never takes longer than a second
_FRESH_SECONDS: Final = 1.0


class Finding(NamedTuple):
    """What a probe found: `fault` is "" where all is well."""

    fault: str
    latency_ms: float


class Checks:
    """One a process. A probe returns, or raises Unavailable or UserError with the reason."""

    def __init__(self, probes: Mapping[str, Probe]) -> None:
        self._probes = dict(probes)
        self._lock = asyncio.Lock()
        self._found: dict[str, Finding] = {}
        self._at = float("-inf")

    async def findings(self) -> dict[str, Finding]:
        """As it is now, within a second, in the order of the probes."""
        async with self._lock:
            if time.monotonic() - self._at > _FRESH_SECONDS:
                asked = [_ask(probe) for probe in self._probes.values()]
                self._found = dict(zip(self._probes, await asyncio.gather(*asked), strict=True))
                self._at = time.monotonic()
        return dict(self._found)


async def _ask(probe: Probe) -> Finding:
    began, fault = time.monotonic(), ""
    try:
        async with asyncio.timeout(_PROBE_SECONDS):
            await probe()
    except TimeoutError:
        fault = f"no answer within {_PROBE_SECONDS:g} s"
    except (Unavailable, UserError) as error:
        fault = str(error)
    return Finding(fault, round((time.monotonic() - began) * 1000, 1))
