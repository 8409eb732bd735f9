"""Keeps one part alive: starts it, asks whether it is ready, starts it again when it dies."""

import asyncio
import contextlib
import os
import signal
import time
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import Callable
from typing import Any

from connectors.embedded.logs import PartLog, piped_to
from connectors.embedded.part import Part
from connectors.embedded.processes import dying_with_parent, identify
from connectors.embedded.restarts import Deaths
from connectors.instance import PartState
from schemas.errors import UserError

# Asked often while it starts, so that nobody waits; now and then afterwards.
_STARTING_POLL_SECONDS = 0.1
_READY_POLL_SECONDS = 2.0
_DEATHS_BEFORE_READY = 3


class Keeper:
    """One part and its process. `state` is what others may know; `changed` is called after it did.

    `report` is given an event's name and fields, for the supervisor's own log.
    """

    def __init__(
        self,
        part: Part,
        log: PartLog,
        changed: Callable[[], None],
        report: Callable[..., None],
    ) -> None:
        self.part = part
        self.state = PartState(name=part.name, version=part.version, port=part.port)
        self._log = log
        self._changed = changed
        self._report = report
        self._deaths = Deaths()
        self._process: Process | None = None
        self._stopping = asyncio.Event()
        self._became_ready = asyncio.Event()
        self._failed_start = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Returns when the part is ready for the first time.

        Raises UserError when it is not after its `ready_seconds`, not counting those in which it
        recovers, or its third death.
        """
        self._task = asyncio.create_task(self._keep(), name=self.part.name)
        waits = [asyncio.create_task(e.wait()) for e in (self._became_ready, self._failed_start)]
        done: set[asyncio.Task[Any]] = set()
        recovers = True
        while recovers and not done:
            done, _ = await asyncio.wait(
                [self._task, *waits],
                timeout=self.part.ready_seconds,
                return_when=asyncio.FIRST_COMPLETED,
            )
            recovers = self.state.reason in self.part.recovering
        for wait in waits:
            wait.cancel()
        if self._task in done:
            self._task.result()  # raises what `prepare` did
        if not self._became_ready.is_set():
            raise UserError(f"{self.part.name} {self.state.reason}", f"see {self._log.path}")

    async def failed(self) -> None:
        """Waits for the end of the keeping itself; raises what ended it."""
        if self._task:
            await asyncio.shield(self._task)

    async def stop(self) -> None:
        """Asks the part to end, kills it after its `stop_seconds`; returns when it is gone."""
        self._stopping.set()
        if self._task:
            await self._end(self._task)
        self._log.close()

    async def _end(self, task: asyncio.Task[None]) -> None:
        if self._process and self._process.returncode is None:
            self._process.send_signal(self.part.stop_signal)
        done, _ = await asyncio.wait([task], timeout=self.part.stop_seconds)
        if not done:
            self._report("part_killed", part=self.part.name)
            self.kill()
            await asyncio.wait([task])

    def kill(self) -> None:
        """Ends the part at once, and for good."""
        self._stopping.set()
        if self._process and self._process.returncode is None:
            self._process.kill()

    async def _keep(self) -> None:
        await asyncio.to_thread(self.part.prepare)
        while not self._stopping.is_set():
            began = time.monotonic()
            ending = await self._run_once()
            if self._stopping.is_set():
                break
            now = time.monotonic()
            self._deaths = self._deaths.after(now=now, lived=now - began)
            if self._deaths.count >= _DEATHS_BEFORE_READY:
                self._failed_start.set()
            delay = self._deaths.delay
            self._report("part_died", part=self.part.name, ending=ending, again_in_seconds=delay)
            self._set(reason=f"{ending}; again in {delay:g} s", restarts=self.state.restarts + 1)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), delay)
        self._set(reason="stopped")

    async def _run_once(self) -> str:
        """Runs the part until it ends; says how it ended."""
        with piped_to(self._log) as output:
            try:
                process = self._process = await self._spawn(output)
            except OSError as error:
                return f"cannot be started: {error}"
            self._set(process=identify(process.pid), reason="is starting")
            if self._stopping.is_set():  # asked to while it was being started
                process.send_signal(self.part.stop_signal)
            code = await self._watch(process)
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)  # what it started and left behind
        self._set(process=None, ready=False)
        return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"exited with {code}"

    async def _watch(self, process: Process) -> int:
        """Keeps asking whether it is ready, until it ends."""
        asking = asyncio.create_task(self._ask())
        ending = asyncio.create_task(process.wait())
        await asyncio.wait([asking, ending], return_when=asyncio.FIRST_COMPLETED)
        if asking.done():
            asking.result()  # a probe that fails instead of answering is a fault of ours
        asking.cancel()
        return await ending

    async def _spawn(self, output: int) -> Process:
        account = self.part.account
        return await asyncio.create_subprocess_exec(
            *self.part.command,
            env=dict(self.part.environment),
            cwd="/" if account else None,  # where we are may be closed to the other user
            stdin=DEVNULL,
            stdout=output,
            stderr=STDOUT,
            start_new_session=True,  # a Ctrl-C is for the supervisor alone
            preexec_fn=dying_with_parent(),
            **(account.process_options() if account else {}),
        )

    async def _ask(self) -> None:
        while True:
            if reason := await self.part.probe():
                self._set(ready=False, reason=reason)
            elif not self.state.ready:
                self._set(ready=True, reason="")
                self._became_ready.set()
                self._report("part_ready", part=self.part.name)
            ready = self.state.ready
            await asyncio.sleep(_READY_POLL_SECONDS if ready else _STARTING_POLL_SECONDS)

    def _set(self, **fields: object) -> None:
        fresh = self.state.model_copy(update=fields)
        if fresh != self.state:
            self.state = fresh
            self._changed()
