"""Finds the guilty lines of a record that has ended its worker again and again, in child processes.

Lines are bisected: a child that survives clears its half; a half of one line is guilty. Where many
are, the search ends after a while, and what is not cleared by then counts as guilty.
"""

import asyncio
import pickle
import sys
import time
from collections.abc import Sequence

import structlog

from agents.parsing.alone import Trial
from agents.parsing.record import Record
from connectors.embedded.processes import dying_with_parent
from schemas.settings import Settings

_CHILD_SECONDS = 5.0  # for a thousand lines at most; a sound thousand takes some milliseconds
_SEARCH_SECONDS = 180.0  # all partitions of the worker wait meanwhile
_MOST_GUILTY = 32

_log = structlog.get_logger()


async def harmless(record: Record, lines: list[int] | None, settings: Settings) -> bool:
    """Whether a child decides these lines within its limits of time and memory."""
    trial = Trial(
        record, lines, settings.record_memory_limit_mib * 1024 * 1024, settings.extra_formats
    )
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "agents.parsing.alone",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        preexec_fn=dying_with_parent(),
    )
    try:
        await asyncio.wait_for(child.communicate(pickle.dumps(trial)), _CHILD_SECONDS)
    except TimeoutError:
        child.kill()
        await child.wait()
    return child.returncode == 0


async def guilty_lines(record: Record, count: int, settings: Settings) -> list[int] | None:
    """Indexes of the lines that cannot be decided; None when the record cannot even be read."""
    if await harmless(record, None, settings):
        return []
    if not await harmless(record, [], settings):
        return None
    guilty: list[int] = []
    suspects: list[Sequence[int]] = [range(count)]
    until = time.monotonic() + _SEARCH_SECONDS
    while suspects:
        lines = suspects.pop()
        if len(guilty) >= _MOST_GUILTY or time.monotonic() > until:
            guilty += lines  # set aside untried: their bytes are kept, and others wait
            continue
        if await harmless(record, list(lines), settings):
            continue
        if len(lines) == 1:
            guilty.append(lines[0])
            continue
        middle = len(lines) // 2
        suspects += [lines[:middle], lines[middle:]]
    _log.error("guilty_lines", offset=record.offset, partition=record.partition, lines=guilty)
    return sorted(guilty)
