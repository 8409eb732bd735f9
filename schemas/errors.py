"""The three kinds of failure, and nothing else that is caught on purpose.

`InvalidEvent` goes to the dead letters and is never retried; `Unavailable` is retried with
back-off and never dead-lettered; any other exception ends the process, which starts again at the
committed offset. `UserError` is for people at a terminal: it names the thing and the remedy.
"""


class ForeshockError(Exception):
    """Root of every error that this project raises on purpose."""


class InvalidEvent(ForeshockError):
    """The bytes themselves are wrong: trying again cannot help.

    `reason` is a short stable word ("undecodable", "oversized", ...), kept in the dead letter.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class Unavailable(ForeshockError):
    """A server that is needed does not answer now; `retry_after` is in seconds."""

    def __init__(self, what: str, detail: str = "", retry_after: float = 1.0) -> None:
        super().__init__(f"{what} is unavailable: {detail}" if detail else f"{what} is unavailable")
        self.what = what
        self.retry_after = retry_after


class UserError(ForeshockError):
    """Something a person asked for cannot be done; shown without a traceback.

    `remedy` says what to do about it; `exit_code` is what the command ends with.
    """

    def __init__(self, message: str, remedy: str = "", exit_code: int = 1) -> None:
        super().__init__(message)
        self.remedy = remedy
        self.exit_code = exit_code
