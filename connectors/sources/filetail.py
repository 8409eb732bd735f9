"""The filetail source: follows files, folders and globs, also those that appear while it runs.

A file is read from its first byte when it is first seen, so that counts equal the file. Whatever
cannot be read is said once and tried again. Each file is held open, so that there are limits.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, NoReturn

import structlog

from connectors.descriptors import room_for_files
from connectors.sources.carrying import Tally
from connectors.sources.edge import Edge, Wish
from connectors.sources.finding import Skipped, files_named, own_log, unfit
from connectors.sources.local_timezone import of_files
from connectors.sources.opening import CorruptError, compression_of
from connectors.sources.recognising import place_of
from connectors.sources.registry import source
from connectors.sources.tail import Tail, open_tail
from schemas.settings import Settings

_TURN_SECONDS: Final = 0.2
_SCAN_SECONDS: Final = 1.0
_COPYING_SECONDS: Final = 10.0

Inode = tuple[int, int]

_log = structlog.get_logger()


@source("filetail", wanted=lambda settings: bool(settings.file_sources))
async def poll(edge: Edge, settings: Settings) -> None:
    """Follow what FILE_SOURCES names."""
    wish = Wish(imported=False, timezone=of_files(settings))
    await follow(edge, settings.file_sources, settings.data_dir, wish, Tally())


async def follow(
    edge: Edge, patterns: Sequence[str], data_dir: Path, wish: Wish, tally: Tally
) -> NoReturn:
    """Follow `patterns` until cancelled; `tally` counts what the broker has acknowledged.

    Raises Unavailable when the broker does not answer.
    """
    files = _Followed(edge, patterns, data_dir, wish, tally)
    scanned = float("-inf")
    try:
        while True:
            if time.monotonic() - scanned > _SCAN_SECONDS:
                await files.scan()
                scanned = time.monotonic()
            if not await files.turn():
                await asyncio.sleep(_TURN_SECONDS)
    finally:
        await files.close()


class _Followed:
    """The files that are followed now, by inode."""

    def __init__(
        self, edge: Edge, patterns: Sequence[str], data_dir: Path, wish: Wish, tally: Tally
    ) -> None:
        self._edge = edge
        self._patterns = patterns
        self._data_dir = data_dir
        self._wish = wish
        self._tally = tally
        self._tails: dict[Inode, Tail] = {}
        self._refused: dict[Inode, tuple[int, str]] = {}  # ctime (ns), and the reason then
        self._first_seen: dict[Inode, float] = {}
        self._listed: set[Inode] = set()
        self._said: dict[Path, str] = {}
        self._room = room_for_files()

    async def scan(self) -> None:
        """Look for files that are not followed yet, and forget those that are gone."""
        self._listed.clear()
        for pattern in self._patterns:
            for found in await asyncio.to_thread(_found, pattern):
                if isinstance(found, Skipped):
                    self._say(found.path, found.reason)
                    continue
                try:
                    self._say(found, await self._look_at(found))
                except OSError as error:
                    self._say(found, error.strerror or "cannot be read")
                except CorruptError as error:
                    self._say(found, str(error))
        # A number is given to the next file that is made: what was known of it is of no use.
        for known in (self._refused, self._first_seen):
            for inode in known.keys() - self._listed:
                del known[inode]

    async def turn(self) -> bool:
        """One look at each file; True when some have more to take at once."""
        more = False
        for inode, tail in list(self._tails.items()):
            try:
                more = await tail.turn() or more
            except OSError as error:  # of this file alone: the others are read on
                self._say(tail.place.path, error.strerror or "cannot be read")
                tail.over = True
            if tail.over:
                del self._tails[inode]
                await tail.close()
        return more

    async def close(self) -> None:
        """Finish what is in flight, at most 20 s."""
        await asyncio.gather(*(tail.close() for tail in self._tails.values()))

    async def _look_at(self, path: Path) -> str:
        """Follow a file from now on; else why not, "" when it is followed or has to wait."""
        found = path.stat()
        inode = (found.st_dev, found.st_ino)
        self._listed.add(inode)
        if tail := self._tails.get(inode):
            if not tail.in_place():
                tail.place = replace(tail.place, path=path)
            return ""
        changed, reason = self._refused.get(inode, (0, ""))
        if changed != found.st_ctime_ns:  # also when its permissions were mended
            reason = await asyncio.to_thread(_refusal, path, self._data_dir)
            self._refused[inode] = found.st_ctime_ns, reason
        if reason:
            return reason
        if not found.st_size or self._may_be_a_copy(path, inode):
            return ""
        if len(self._tails) >= self._room:
            return f"{self._room} files are followed already: raise the limit of open files"
        opened = await open_tail(self._edge, self._wish, place_of(path), self._tally)
        if opened is None:
            return "is being read by another process of this instance"
        self._tails[inode] = opened
        _log.info("file_followed", path=str(path), from_byte=opened.carrier.origin.mark.offset)
        return ""

    def _may_be_a_copy(self, path: Path, inode: Inode) -> bool:
        """Whether a rotation by copytruncate may be under way: then the copy is the older part.

        Decided when the original is truncated; after some seconds it is a file of its own.
        """
        seen = self._first_seen.setdefault(inode, time.monotonic())
        recent = time.monotonic() - seen < _COPYING_SECONDS
        return recent and any(tail.resembles(path) for tail in self._tails.values())

    def _say(self, path: Path, reason: str) -> None:
        """Each reason once, until it changes."""
        if reason and self._said.get(path) != reason:
            _log.warning("file_not_followed", path=str(path), reason=reason)
        self._said[path] = reason


def _found(pattern: str) -> list[Path | Skipped]:
    return list(files_named(pattern))


def _refusal(path: Path, data_dir: Path) -> str:
    if reason := own_log(path, data_dir) or unfit(path):
        return reason
    with path.open("rb") as file:
        compression = compression_of(file.read(8))
    return f"{compression}: read it once with `foreshock ingest`" if compression else ""
