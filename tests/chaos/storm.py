"""Who dies, when, and how long it goes on."""

import asyncio
import itertools
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from connectors.instance import read_instance
from schemas.settings import Settings, child_environment

COMMAND = "command"
VICTIMS = (
    "ingest-1",
    "metrics-1",
    "persist-1",
    "respond-1",
    "api",
    "pollers",
    COMMAND,
    "kafka",
    "postgres",
    "valkey",
)


class Commands:
    """The ingest command that runs now, so that it can be killed."""

    def __init__(self) -> None:
        self._running: subprocess.Popen[bytes] | None = None
        self.deaths = 0

    async def run(self, settings: Settings, path: Path) -> int:
        """The exit code; negative when it was killed."""
        self._running = await asyncio.to_thread(
            subprocess.Popen,
            [
                sys.executable,
                "-m",
                "connectors.cli",
                "--data",
                str(settings.data_dir),
                "ingest",
                "--source",
                "files",
                "--json",
                str(path),
            ],
            env=child_environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        code = await asyncio.to_thread(self._running.wait)
        self.deaths += code == -signal.SIGKILL
        return code

    def kill(self) -> bool:
        """kill -9 of the command, if one runs."""
        if self._running is None or self._running.poll() is not None:
            return False
        self._running.kill()
        return True


class Storm:
    """It is over when its time is up and each of the victims has died."""

    def __init__(self, settings: Settings, seconds: float) -> None:
        self.deaths: Counter[str] = Counter()
        self.commands = Commands()
        self._settings = settings
        self._pause = max(8.0, seconds / 50) if seconds > 200 else seconds / (len(VICTIMS) + 1.5)
        self._until = time.monotonic() + seconds

    @property
    def over(self) -> bool:
        """Whether the load may end."""
        return time.monotonic() >= self._until and all(self.deaths[one] for one in VICTIMS)

    async def rage(self) -> None:
        """Kills each victim in turn, then at random."""
        chance = random.Random(7)
        for round_ in itertools.count():
            await asyncio.sleep(self._pause)
            if self.over:
                return
            in_turn = round_ < len(VICTIMS)
            victim = VICTIMS[round_] if in_turn else chance.choice(VICTIMS)
            await self._bring_down(victim)

    async def _bring_down(self, victim: str) -> None:
        while True:
            if self._kill(victim):
                self.deaths[victim] += 1
                return
            await asyncio.sleep(0.05)  # it was killed before, and is not back yet

    def _kill(self, victim: str) -> bool:
        if victim == COMMAND:
            return self.commands.kill()
        instance = read_instance(self._settings.data_dir)
        for part in instance.parts if instance else []:
            if part.name == victim and part.process is not None:
                try:
                    os.kill(part.process.pid, signal.SIGKILL)
                except ProcessLookupError:
                    return False
                return True
        return False
