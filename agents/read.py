"""`python -m agents.read`: reads lines out of the topic for the API, which may not parse itself.

Questions come on standard input and answers go to standard output (`schemas.log_reads`); it ends
with its input. Exit codes: 0 the input ended, 2 wrong settings.
"""

import asyncio
import os
import sys
from collections.abc import Sequence
from typing import BinaryIO

import structlog
from aiokafka.structs import ConsumerRecord
from pydantic import TypeAdapter, ValidationError

from agents.parsing.formats.registry import load_extra
from agents.parsing.miner import new_miner
from agents.parsing.parameters import parameters
from agents.parsing.reading import Names, find
from agents.parsing.record import Record
from agents.parsing.state import PartitionState
from connectors import logging
from connectors.kafka import topic_name
from connectors.topic_log import TopicLog, open_log
from schemas.errors import Unavailable, UserError
from schemas.log_reads import (
    LENGTH_BYTES,
    Answer,
    Failed,
    FindSlots,
    FoundLine,
    Question,
    Scan,
    Scanned,
    Slots,
    decode_question,
    framed,
)
from schemas.patterns import Pattern, PatternAlias
from schemas.settings import Settings, load
from schemas.topics import LOGS_RAW, PATTERNS

_CHANGES = TypeAdapter[Pattern | PatternAlias](Pattern | PatternAlias)

_log = structlog.get_logger()


class Reader:
    """One connection, one question at a time: what takes long is cut short by whoever asks."""

    def __init__(self, settings: Settings, lines: TopicLog, patterns: TopicLog) -> None:
        self._lines = lines
        self._patterns = patterns
        self._names = Names(new_miner())
        self._learned: dict[int, int] = {}
        self._states: dict[int, PartitionState] = {}
        self._settings = settings

    async def answer(self, question: Question) -> Answer:
        """Raises Unavailable."""
        if isinstance(question, FindSlots):
            values = [parameters(question.template, text) for text in question.messages]
            return Slots(question.id, values)
        await self._learn()
        return await (self._newest if question.newest else self._scan)(question)

    async def _learn(self) -> None:
        """What was published since the last question."""
        for number, (start, end) in (await self._patterns.bounds()).items():
            learned = self._learned.get(number, 0)
            at = max(start, learned) if learned <= end else start  # beyond: it was made anew
            async for record in self._patterns.read(number, at, end):
                try:
                    self._names.learn(_CHANGES.validate_json(record.value or b""))
                except ValidationError as error:
                    _log.error("pattern_unreadable", offset=record.offset, detail=str(error))
            self._learned[number] = end

    async def _records(self, scan: Scan) -> dict[tuple[int, int], ConsumerRecord]:
        wished = [(r.partition, r.start, r.end) for r in scan.ranges]
        return {(r.partition, r.offset): r async for r in self._lines.read_ranges(wished)}

    async def _newest(self, scan: Scan) -> Scanned:
        bounds, records = await self._lines.bounds(), await self._records(scan)
        found: list[FoundLine] = []
        lines = size = skipped = 0
        for asked in scan.ranges:
            missing = scan.limit
            for offset in reversed(range(asked.start, asked.end)):
                record = records.get((asked.partition, offset))
                if record is None:
                    continue
                if missing <= 0:
                    skipped += 1
                    continue
                size += len(record.value or b"")
                some, count = self._find(record, scan)
                lines += count
                missing -= len(some)
                found += some
        found.sort(key=lambda one: -one.time_ms)
        skipped += len({(one.partition, one.offset) for one in found[scan.limit :]})
        kept = found[: scan.limit]
        return Scanned(scan.id, kept, len(scan.ranges), lines, size, bounds, skipped)

    async def _scan(self, scan: Scan) -> Scanned:
        bounds, records = await self._lines.bounds(), await self._records(scan)
        found: list[FoundLine] = []
        done = lines = size = 0
        for place, asked in enumerate(scan.ranges):
            offsets: Sequence[int] = range(asked.start, asked.end)
            for offset in offsets if scan.forward else reversed(offsets):
                record = records.get((asked.partition, offset))
                if record is None:
                    continue
                size += len(record.value or b"")
                some = self._find(record, scan)
                lines += some[1]
                beyond = scan.beyond if place == 0 else None
                found += [one for one in some[0] if _is_beyond(one, beyond, scan.forward)]
                if len(found) >= scan.limit:
                    return Scanned(scan.id, found[: scan.limit], done, lines, size, bounds)
            done += 1
        return Scanned(scan.id, found, done, lines, size, bounds)

    def _find(self, record: ConsumerRecord, scan: Scan) -> tuple[list[FoundLine], int]:
        unknown = PartitionState(0, -1, timezone=self._settings.log_timezone)
        state = self._states.setdefault(record.partition, unknown)
        asked = Record(
            record.topic,
            record.partition,
            record.offset,
            record.timestamp,
            record.key,
            record.value or b"",
            list(record.headers),
        )
        lines, count = find(asked, state, self._names, scan.wanted)
        return (lines if scan.forward else lines[::-1]), count


def _is_beyond(line: FoundLine, beyond: tuple[int, int] | None, forward: bool) -> bool:
    if beyond is None:
        return True
    place = (line.offset, line.line)
    return place > beyond if forward else place < beyond


async def serve(settings: Settings, questions: asyncio.StreamReader, answers: BinaryIO) -> None:
    """Until the input ends; connects anew when the broker was away."""
    while True:
        question = await _next(questions)
        if question is None:
            return
        try:
            async with (
                open_log(settings, topic_name(settings, LOGS_RAW)) as lines,
                open_log(settings, topic_name(settings, PATTERNS)) as patterns,
            ):
                reader = Reader(settings, lines, patterns)
                while question is not None:
                    _say(answers, await reader.answer(question))
                    for log in (lines, patterns):
                        log.rest()
                    question = await _next(questions)
                return
        except Unavailable as error:
            if question is not None:
                _say(answers, Failed(question.id, str(error)))


async def _next(questions: asyncio.StreamReader) -> Question | None:
    try:
        length = int.from_bytes(await questions.readexactly(LENGTH_BYTES), "big")
        return decode_question(await questions.readexactly(length))
    except asyncio.IncompleteReadError:
        return None


def _say(answers: BinaryIO, answer: Answer) -> None:
    answers.write(framed(answer))
    answers.flush()


async def _main(settings: Settings) -> None:
    questions = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(questions), sys.stdin.buffer)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # nothing else may get between the answers
    with answers:
        await serve(settings, questions, answers)


def main() -> None:
    """Raises UserError for wrong settings."""
    settings = load()
    load_extra(settings.extra_formats)
    logging.configure(settings, "read")
    asyncio.run(_main(settings))


if __name__ == "__main__":
    try:
        main()
    except UserError as error:
        sys.stderr.write(f"{error}\n{error.remedy}\n")
        sys.exit(error.exit_code)
