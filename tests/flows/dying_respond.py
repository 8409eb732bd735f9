"""`python -m tests.flows.dying_respond STEP RECORDS`: a respond worker that kills itself.

It dies by SIGKILL at a step of its checkpoint, once it has handled so many records: `outputs`
(alerts are acknowledged, no state is written), `half` (one state of several is), `checkpoint` (all
are, nothing is settled), `inputs` (settled and committed).
"""

import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from agents.__main__ import main
from agents.engine.checkpoint import Checkpoint
from agents.engine.transport import ExactConsumer
from agents.engine.window import Window
from agents.respond import Respond

Method = Callable[..., Awaitable[Any]]


class Death:
    """Counts handled records, and kills when there were enough."""

    def __init__(self, records: int) -> None:
        self._left = records

    def count(self, method: Method) -> Method:
        """The method, counted."""

        async def counted(*args: Any, **kwargs: Any) -> Any:
            result = await method(*args, **kwargs)
            self._left -= 1
            return result

        return counted

    @property
    def is_due(self) -> bool:
        """Whether enough was handled."""
        return self._left <= 0

    def come(self) -> None:
        """Ends the process, if it is time."""
        if self.is_due:
            os.kill(os.getpid(), signal.SIGKILL)

    def after(self, method: Method) -> Method:
        """The method, and death behind it."""

        async def last(*args: Any, **kwargs: Any) -> Any:
            result = await method(*args, **kwargs)
            self.come()
            return result

        return last


def arm(step: str, death: Death) -> None:
    """Puts death behind (or before) a step."""
    patched: Any
    if step == "outputs":
        patched = Window
        patched.acknowledged = death.after(Window.acknowledged)
    elif step == "half":
        patched, send = Checkpoint, Checkpoint._send

        async def one_sent(*args: Any) -> Any:
            sent = await send(*args)
            await sent
            death.come()
            return sent

        patched._send = one_sent
    elif step == "checkpoint":
        patched, settle = ExactConsumer, ExactConsumer.settle

        def before_settling(*args: Any) -> None:
            death.come()
            settle(*args)

        patched.settle = before_settling
    else:
        patched = Checkpoint
        write = Checkpoint.write

        async def committed(self: Any) -> None:
            await write(self)
            if death.is_due:
                await self._app.exact_consumer.commit()
            death.come()

        patched.write = committed


if __name__ == "__main__":
    dying = Death(int(sys.argv[2]))
    responding: Any = Respond
    responding._handle = dying.count(Respond._handle)
    arm(sys.argv[1], dying)
    main(["respond"])
