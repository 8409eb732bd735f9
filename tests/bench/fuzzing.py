"""The whole OpenAPI document with 200 requests a route: how many faults, and how long it took."""

import time
from typing import Final

from schemas.settings import Settings
from tests.api.fuzzing import fuzz, operations
from tests.api.inhabited import inhabited
from tests.bench.end_to_end import fresh
from tests.bench.measuring import report

_EXAMPLES: Final = 200


def run(settings: Settings) -> None:
    """Faults are printed with what was asked; there shall be none."""
    own = fresh(settings, "fuzzing")
    began = time.monotonic()
    with inhabited(own) as found:
        every = operations(found.api)
        faults = [
            fault
            for name, operation in every.items()
            for fault in fuzz(found, name, operation, _EXAMPLES)
        ]
    seconds = round(time.monotonic() - began, 1)
    report("fuzzing", routes=len(every), examples=_EXAMPLES, seconds=seconds, faults=faults)
