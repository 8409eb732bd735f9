"""The supervisor: starts stages in order of need, keeps them, stops them in reverse order.

What is started and why stands in the stages; this is only the loop.
"""

import asyncio
import contextlib
import json
import os
import signal
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from connectors.embedded.directory import Directory
from connectors.embedded.keeper import Keeper
from connectors.embedded.logs import PartLog, View
from connectors.embedded.part import Part, Stage
from connectors.embedded.processes import end, identify, left_behind
from connectors.instance import Instance, instance_file, read_instance, write_instance

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_ORPHAN_PATIENCE_SECONDS = 10.0
_IMPATIENT_SECONDS = 2.0


class Supervisor:
    """Runs the stages of one data directory, which the caller holds.

    `kafka`, `postgres`, `redis`, `influxdb`, `api` and `ui` are the addresses for others.
    """

    def __init__(
        self,
        directory: Directory,
        stages: Sequence[Stage],
        *,
        kafka: str,
        postgres: str,
        influxdb: str = "",
        influxdb_token: str = "",
        redis: str = "",
        api: str = "",
        ui: str = "",
        view: View = lambda _part, _line: None,
    ) -> None:
        self._directory = directory
        self._kafka = kafka
        self._postgres = postgres
        self._influxdb = influxdb
        self._influxdb_token = influxdb_token
        self._redis = redis
        self._api = api
        self._ui = ui
        self._log = PartLog(directory.logs / "supervisor.log", view)
        self._stages = [
            (stage, [self._keeper_of(part, view) for part in stage.parts]) for stage in stages
        ]
        self._stop = asyncio.Event()
        self._asked_at = 0.0

    async def run(self, ready: Callable[[], None]) -> None:
        """Starts everything, calls `ready`, returns after a signal or `stop`; then all is gone.

        Raises UserError when a part does not get ready; what was started is stopped then, too.
        """
        stop_orphans(self._directory)
        for number in _SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, self.stop)
        starting = asyncio.create_task(self._start())
        stopped = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait([starting, stopped], return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                ready()
                self._report("all_ready")
                await self._until_stopped(stopped)
        finally:
            starting.cancel()
            stopped.cancel()
            await self._end()

    def stop(self) -> None:
        """Asks for the end; asked again later, nothing more is waited for.

        A terminal that closes asks twice at once, which is no impatience.
        """
        now = time.monotonic()
        if not self._stop.is_set():
            self._asked_at = now
            self._stop.set()
        elif now - self._asked_at > _IMPATIENT_SECONDS:
            for _stage, keepers in self._stages:
                for keeper in keepers:
                    keeper.kill()

    async def _start(self) -> None:
        for stage, keepers in self._stages:
            await asyncio.gather(*(keeper.start() for keeper in keepers))
            if stage.then:
                await stage.then()

    async def _until_stopped(self, stopped: asyncio.Task[bool]) -> None:
        """Returns when asked to stop; raises when the keeping of a part itself fails."""
        keepers = [keeper for _stage, keepers in self._stages for keeper in keepers]
        failures = [asyncio.create_task(keeper.failed()) for keeper in keepers]
        done, _ = await asyncio.wait([stopped, *failures], return_when=asyncio.FIRST_COMPLETED)
        for failure in failures:
            failure.cancel()
        for task in done:
            task.result()

    async def _end(self) -> None:
        self._report("stopping")
        for _stage, keepers in reversed(self._stages):
            await asyncio.gather(*(keeper.stop() for keeper in keepers))
        instance_file(self._directory.root).unlink(missing_ok=True)
        self._report("stopped")
        self._log.close()

    def _keeper_of(self, part: Part, view: View) -> Keeper:
        log = PartLog(self._directory.logs / f"{part.name}.log", view)
        return Keeper(part, log, self._write, self._report)

    def _write(self) -> None:
        supervisor = identify(os.getpid())
        assert supervisor is not None  # noqa: S101 - it is us
        states = [keeper.state for _stage, keepers in self._stages for keeper in keepers]
        instance = Instance(
            supervisor=supervisor,
            kafka=self._kafka,
            postgres=self._postgres,
            influxdb=self._influxdb,
            influxdb_token=self._influxdb_token,
            redis=self._redis,
            api=self._api,
            ui=self._ui,
            parts=states,
        )
        with contextlib.suppress(OSError):  # a full disk must not end what runs
            write_instance(self._directory.root, instance)

    def _report(self, event: str, **fields: object) -> None:
        line = {"time": datetime.now(UTC).isoformat(), "event": event, **fields}
        self._log.write(json.dumps(line).encode() + b"\n")


def stop_orphans(directory: Directory) -> bool:
    """Ends the parts that a dead supervisor of this directory left running, and what they have
    started; False when none.

    Blocks until they are gone; the last part is asked first.
    """
    left = read_instance(directory.root)
    if left is None:
        return False
    parts = [state.process for state in reversed(left.parts) if state.process]
    found = end(parts, _ORPHAN_PATIENCE_SECONDS)
    # Each leads a session, as the keeper starts it; its workers outlive it where it was killed.
    workers = [worker for part in parts for worker in left_behind(part)]
    found |= end(workers, _ORPHAN_PATIENCE_SECONDS)
    instance_file(directory.root).unlink(missing_ok=True)
    return found
