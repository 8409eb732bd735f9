"""`python -m tests.flows.dying STAGE STEP RECORDS`: a worker that kills itself.

It dies by SIGKILL at a step of the stage's checkpoint, once the stage has handled so many records:
`outputs` (they are acknowledged, no state is written), `half` (one state of several is),
`checkpoint` (all are, nothing is settled), `inputs` (settled and committed). Of commands also
`order`: it is written down when the next one is taken, and nothing more.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from typing import Any, Final

from agents.__main__ import main
from agents.detect import Detect
from agents.engine.checkpoint import Checkpoint
from agents.engine.chunks import Chunk
from agents.engine.transport import ExactConsumer
from agents.engine.window import Window
from agents.rate import Rate
from agents.respond import Respond
from schemas.settings import Settings, as_environment, child_environment
from tests.workers import ROOT

Method = Callable[..., Awaitable[Any]]

STEPS: Final = ("outputs", "half", "checkpoint", "inputs")
_STAGES: Final[dict[str, tuple[str, Any, str]]] = {
    "respond": ("respond", Respond, "_handle"),
    "obey": ("respond", Respond, "_obey"),
    "detect": ("metrics", Detect, "_handle"),
    "rate": ("metrics", Rate, "_handle"),
}
_PATIENCE_SECONDS = 300.0


class Death:
    """Counts handled records, and kills when there were enough: at work of this stage alone,
    for its worker may run others.
    """

    def __init__(self, records: int) -> None:
        self._left = records
        self._stage: Any = None

    def count(self, method: Method) -> Method:
        """The stage's method, counted by records."""

        async def counted(stage: Any, event: Any) -> Any:
            result = await method(stage, event)
            self._stage = stage
            self._left -= len(event.records) if isinstance(event, Chunk) else 1
            return result

        return counted

    def is_due(self, owner: Any = None) -> bool:
        """Whether enough was handled, and the owner of the step is the stage's own."""
        own = (self._stage._window, self._stage._checkpoint) if self._stage else ()
        return self._left <= 0 and (owner is None or owner in own)

    def come(self, owner: Any = None) -> None:
        """Ends the process, if it is time."""
        if self.is_due(owner):
            os.kill(os.getpid(), signal.SIGKILL)


def arm(step: str, death: Death) -> None:
    """Puts death behind (or before) a step."""
    patched: Any
    if step == "outputs":
        patched, acknowledged = Window, Window.acknowledged

        async def all_acknowledged(self: Any) -> None:
            await acknowledged(self)
            death.come(self)

        patched.acknowledged = all_acknowledged
    elif step == "half":
        patched, send = Checkpoint, Checkpoint._send

        async def one_sent(self: Any, *args: Any) -> Any:
            sent = await send(self, *args)
            await sent
            death.come(self)
            return sent

        patched._send = one_sent
    elif step == "checkpoint":
        patched, settle = ExactConsumer, ExactConsumer.settle

        def before_settling(*args: Any) -> None:
            death.come()
            settle(*args)

        patched.settle = before_settling
    elif step == "order":
        patched, write_ahead = Checkpoint, Checkpoint.write_ahead

        async def written(self: Any, *args: Any) -> None:
            await write_ahead(self, *args)
            death.come(self)

        patched.write_ahead = written
    else:
        patched, write = Checkpoint, Checkpoint.write

        async def committed(self: Any) -> None:
            await write(self)
            if death.is_due(self):
                await self._app.exact_consumer.commit()
            death.come(self)

        patched.write = committed


def die(settings: Settings, stage: str, step: str, records: int) -> None:
    """Runs a worker until it has killed itself at this step of this stage."""
    with (settings.data_dir / "workers.log").open("ab") as log:
        dying = subprocess.Popen(
            [sys.executable, "-m", "tests.flows.dying", stage, step, str(records)],
            env=child_environment(**as_environment(settings)),
            cwd=ROOT,
            stdout=log,
            stderr=log,
        )
    try:
        assert dying.wait(_PATIENCE_SECONDS) == -signal.SIGKILL, (stage, step)
    finally:
        dying.kill()
        dying.wait()


if __name__ == "__main__":
    _app, _stage, _method = _STAGES[sys.argv[1]]
    dying = Death(int(sys.argv[3]))
    setattr(_stage, _method, dying.count(getattr(_stage, _method)))
    arm(sys.argv[2], dying)
    main([_app])
