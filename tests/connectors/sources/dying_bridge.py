"""The poller process, which kills itself with -9 at a step of the bridge.

`python -m tests.connectors.sources.dying_bridge STEP WHEN TIMES`: in the TIMES-th call of a method
of the stream group or the publisher, `before` it or `after` it has done its work. The steps stand
in the test; the product knows nothing of them.
"""

import itertools
import os
import signal
import sys
from typing import Any

from connectors.__main__ import main
from connectors.publish import Publisher
from connectors.sources.stream_group import StreamGroup


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def deadly(step: str, when: str, times: int) -> None:
    """Arm the trap."""
    owner: Any = Publisher if step == "send" else StreamGroup
    works, calls = getattr(owner, step), itertools.count(1)

    async def trapped(*args: Any, **kwargs: Any) -> Any:
        now = next(calls) >= times
        if now and when == "before":
            die()
        answer = await works(*args, **kwargs)
        # A read of a silent stream is no step.
        if now and when == "after" and answer != []:
            if step == "send":
                await answer  # acknowledged by the broker
            die()
        return answer

    setattr(owner, step, trapped)


if __name__ == "__main__":
    deadly(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    sys.exit(main())
