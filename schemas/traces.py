"""Which lines go on with the event of the line before: stack traces and indented text.

In comes one line without its newline, as text or as the bytes an edge has; out goes yes or no. An
edge uses it to not cut a batch inside a trace, the parser to join one.
"""

import re
from typing import Final

# Lines that only a trace has, whatever stands before them.
_FRAME: Final = (
    r"\s+at\s+\S"  # Java, .NET, Node
    r"|\s*(?:Caused by|Suppressed|Wrapped by):\s"  # Java
    r"|\s*\.\.\. \d{1,9} (?:more|common frames omitted)"  # Java
    r'|\s+File "[^"]{0,4096}", line \d{1,9}'  # Python
    r"|\s*#\d{1,4}:? +\S"  # PHP, gdb
    r"|\[(?:stacktrace|previous exception)\]"  # Monolog
    r'|"\}\s*$'  # Monolog's end
    r"|goroutine \d{1,18} \["  # Go
    r"|\t\S[^\t]{0,4096}\.go:\d{1,9}"  # Go
    r"|created by \S+\.\S"  # Go
    r"|\s*--- End of (?:inner exception )?stack trace"  # .NET
    r"|\s+from \S[^\n]{0,4096}:\d{1,9}:in [`']"  # Ruby
)
_CONTINUATION: Final = rf"(?:{_FRAME}|\s+\S|Traceback \(most recent call last\):)"

_FRAME_TEXT: Final = re.compile(_FRAME)
_CONTINUATION_TEXT: Final = re.compile(_CONTINUATION)
_CONTINUATION_BYTES: Final = re.compile(_CONTINUATION.encode())


def is_frame(line: str) -> bool:
    """True for what nobody but a stack trace writes."""
    return _FRAME_TEXT.match(line) is not None


def is_continuation(line: str | bytes) -> bool:
    """True for frames, for indented text and for the heading of a Python traceback."""
    if isinstance(line, str):
        return _CONTINUATION_TEXT.match(line) is not None
    return _CONTINUATION_BYTES.match(line) is not None
