"""Whether it is we who were cancelled: libraries lose cancellations, and let their own out."""

import asyncio


def is_cancelled() -> bool:
    """Whether somebody asked the current task to end."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def heed_cancellation() -> None:
    """Raises CancelledError when the task was cancelled; to be called in every turn of a loop.

    asyncio.wait_for, which clients send through, before Python 3.12 loses a cancellation that comes
    at the moment when its work is done.
    """
    if is_cancelled():
        raise asyncio.CancelledError
