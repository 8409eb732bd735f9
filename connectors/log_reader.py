"""The process that reads lines for whoever serves: started by the first question, one a process.

What lines mean is decided by the agents, whom an edge may not import. So they are run: `python -m
agents.read`, spoken to through pipes. What it costs, and what a hostile line does to it, stays
out of the process that answers everybody else.
"""

import asyncio
import itertools
import sys
from typing import Final, TypeVar

import msgspec

from schemas.errors import Unavailable
from schemas.log_reads import LENGTH_BYTES, Answer, Failed, Question, decode_answer, framed
from schemas.settings import Settings, as_environment, child_environment

_SECONDS: Final = 15.0  # the first question waits for imports and for all patterns
_LIMIT: Final = 256 * 1024 * 1024

A = TypeVar("A", bound=Answer)


class LogReader:
    """Asks one question at a time; a process that does not answer is ended, and started anew."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._ids = itertools.count(1)

    def next_id(self) -> int:
        """For the next question."""
        return next(self._ids)

    async def ask(self, question: Question, kind: type[A]) -> A:
        """The answer. Raises Unavailable when there is none, or the broker does not answer."""
        try:
            async with asyncio.timeout(_SECONDS), self._turn:
                answer = await self._ask(question)
        except (TimeoutError, OSError, asyncio.IncompleteReadError, msgspec.DecodeError) as error:
            raise Unavailable("reading lines", str(error) or "no answer in time") from error
        if isinstance(answer, Failed):
            raise Unavailable("kafka", answer.detail)
        if not isinstance(answer, kind) or answer.id != question.id:
            raise Unavailable("reading lines", "an answer to something else")
        return answer

    async def _ask(self, question: Question) -> Answer:
        answer: Answer | None = None
        try:
            answer = await self._exchange(question)
        finally:
            if answer is None:  # a late answer would be taken for that of the next question
                await self._end()
        return answer

    async def _exchange(self, question: Question) -> Answer:
        process = self._process
        if process is None or process.returncode is not None:
            process = self._process = await self._start()
        if process.stdin is None or process.stdout is None:
            raise OSError("no pipes")
        process.stdin.write(framed(question))
        await process.stdin.drain()
        length = int.from_bytes(await process.stdout.readexactly(LENGTH_BYTES), "big")
        return decode_answer(await process.stdout.readexactly(length))

    async def _start(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "agents.read",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=child_environment(**as_environment(self._settings), HEALTH_PORT="0"),
            limit=_LIMIT,
        )

    async def close(self) -> None:
        """Ends the process, if there is one."""
        async with self._turn:
            await self._end()

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()
