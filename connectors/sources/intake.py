"""One run over many files: what the arguments mean, each read in turn, and the sum of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connectors.sources.edge import Wish, open_edge
from connectors.sources.finding import Skipped, files_in, own_log, unfit
from connectors.sources.reading import Reading, read
from schemas.errors import UserError
from schemas.settings import Settings


@dataclass
class Intake:
    """A run as it goes; `readings` are in the order of reading."""

    readings: list[Reading] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    @property
    def lines(self) -> int:
        """Acknowledged by the broker so far."""
        return sum(reading.tally.lines for reading in self.readings)

    @property
    def consumed(self) -> int:
        """Bytes of the files that were read, compressed or not."""
        return sum(reading.consumed for reading in self.readings)

    @property
    def size(self) -> int | None:
        """Bytes of all files together; None when something else than files is among them."""
        paths = [reading.path for reading in self.readings]
        if any(path is None or not path.is_file() for path in paths):
            return None
        return sum(path.stat().st_size for path in paths if path)

    @property
    def faults(self) -> list[UserError]:
        """Why files could not be read to their end."""
        return [reading.fault for reading in self.readings if reading.fault]

    @property
    def sources(self) -> list[str]:
        """Whose lines were read, now or before."""
        return sorted({reading.origin.source for reading in self.readings if reading.origin})

    def as_json(self, seconds: float) -> dict[str, Any]:
        """For scripts; `lines`, `bytes` (decompressed) and `records` are those of this run."""
        return {
            "files": len(self.readings),
            "lines": self.lines,
            "bytes": sum(reading.tally.bytes for reading in self.readings),
            "records": sum(reading.tally.records for reading in self.readings),
            "skipped": [{"path": str(s.path), "reason": s.reason} for s in self.skipped],
            "already_done": [r.name for r in self.readings if r.already_done],
            "failed": [{"path": r.name, "reason": str(r.fault)} for r in self.readings if r.fault],
            "sources": self.sources,
            "seconds": round(seconds, 3),
        }


def plan(arguments: Iterable[str], data_dir: Path) -> Intake:
    """What to read: files as they are named, those in folders with a look at what they hold.

    "-" is standard input. Raises UserError for a file of this instance itself.
    """
    intake = Intake()
    for argument in arguments:
        path = None if argument == "-" else Path(argument).absolute()
        if path is None:
            intake.readings.append(Reading(None))
        elif path.is_dir():
            _add_folder(intake, path, data_dir)
        elif reason := own_log(path, data_dir):
            raise UserError(f"{path} {reason}", "name another file")
        else:
            intake.readings.append(Reading(path))
    return intake


def _add_folder(intake: Intake, folder: Path, data_dir: Path) -> None:
    for found in files_in(folder):
        if isinstance(found, Skipped):
            intake.skipped.append(found)
        elif reason := own_log(found, data_dir) or unfit(found):
            intake.skipped.append(Skipped(found, reason))
        else:
            intake.readings.append(Reading(found))


async def take_in(settings: Settings, intake: Intake, wish: Wish) -> None:
    """Read everything that `intake` lists; a file that cannot be read does not stop the others.

    Raises Unavailable when the broker does not answer: the next run goes on from there.
    """
    async with open_edge(settings) as edge:
        for reading in intake.readings:
            try:
                await read(edge, reading, wish)
            except UserError as error:
                reading.fault = error
