"""Lines of every format, made up in the style of real ones, and what is to be read from them.

`specimens.txt` has three lines each: format, time (ISO 8601, UTC), its origin, severity, host and
service; the raw line; the message. A dash stands for nothing.
"""

from pathlib import Path
from typing import Final, NamedTuple

from agents.parsing.lines import TimeOrigin
from schemas.severities import Severity

ARRIVAL: Final = 1_717_200_000_000  # 2024-06-01 00:00:00 UTC
_FILE: Final = Path(__file__).with_name("specimens.txt")


class Specimen(NamedTuple):
    format: str
    time: str
    origin: TimeOrigin
    severity: Severity
    host: str
    service: str
    line: str
    message: str


def _specimen(block: str) -> Specimen:
    header, line, message = block.split("\n")
    name, time, origin, severity, host, service = (_text(part) for part in header.split(" | "))
    return Specimen(
        name, time, TimeOrigin[origin], Severity[severity], host, service, line, _text(message)
    )


def _text(part: str) -> str:
    return "" if part == "-" else part


SPECIMENS: Final = tuple(
    _specimen(block) for block in _FILE.read_text(encoding="utf-8").strip().split("\n\n")
)
