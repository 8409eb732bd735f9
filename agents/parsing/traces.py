"""Joins stack traces and other continued lines into events.

In come the lines of one record, in order; out go events as (index of the first line, number of
lines). Only joins what clearly belongs together: a line with a header of its own starts an event.
"""

import re
from collections.abc import Sequence
from itertools import repeat
from typing import Final

from schemas.traces import is_continuation, is_frame

MAX_EVENT_LINES: Final = 1000

# What the lines that continue an event begin with: looked at first, because most records have none.
# The other lines of a trace are found on the way from such a line.
_BLANKS: Final = frozenset(" \t")
_SUSPECTS: Final = frozenset(
    ("#0", "#1", "..", "[s", "[p", '"}', "Ca", "Tr", "go", "cr", "Su", "--")
)

# A line with a time, a syslog priority or a level in front is an event of its own.
_HEADER: Final = re.compile(
    r"<\d{1,3}>|.{0,80}?\d\d:?\d\d:\d\d|[\[(]?\d{6,19}[\s.\])|-]|[IWEF]\d{4} \d|\{"
    r"|[\[<]?(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL)[\]>:\s]"
)
_TRACEBACK: Final = "Traceback (most recent call last):"
# The last line of a Python traceback: a class, and mostly its message.
_RAISED: Final = re.compile(r"[A-Za-z_][\w.]{0,250}(?::\s|:?$)")
# The first line of a Java, .NET or Node trace, when the next line is a frame.
_THROWN: Final = re.compile(r"(?:Exception in thread |Uncaught )?[\w.$]{1,250}(?::|$| )")
_GO_CALL: Final = re.compile(r"[\w./*()-]{1,250}\(.{0,500}\)$|created by ")
# Between the parts of a chained Python traceback, set off by blank lines.
_CHAINED: Final = ("During handling of the above exception", "The above exception was the direct")


def join(lines: Sequence[str]) -> list[tuple[int, int]]:
    """Events of consecutive lines, each line in exactly one, at most MAX_EVENT_LINES in each."""
    beginnings = {line[:2] for line in lines}
    if _SUSPECTS.isdisjoint(beginnings) and _BLANKS.isdisjoint({two[:1] for two in beginnings}):
        return list(zip(range(len(lines)), repeat(1), strict=False))
    events: list[tuple[int, int]] = []
    start = 0
    while start < len(lines):
        end = _end_of_event(lines, start)
        events.append((start, end - start))
        start = end
    return events


def _end_of_event(lines: Sequence[str], start: int) -> int:
    """Index after the last line of the event that begins at `start`."""
    headed = _HEADER.match(lines[start]) is not None
    if lines[start].startswith("{") or not lines[start].strip():
        return start + 1
    traced = lines[start] == _TRACEBACK or is_frame(lines[start])
    last = min(len(lines), start + MAX_EVENT_LINES)
    index = start + 1
    while index < last:
        step = _continued(lines, index, headed, traced)
        if step == 0:
            break
        traced = traced or is_frame(lines[index]) or lines[index] == _TRACEBACK
        index += step
    return min(index, last)


def _continued(lines: Sequence[str], index: int, headed: bool, traced: bool) -> int:
    """How many lines from `index` on go with the event: 0, 1, or 2 for a blank one and the next."""
    line = lines[index]
    following = lines[index + 1] if index + 1 < len(lines) else ""
    if is_frame(line):
        return 1
    if line[:1] in (" ", "\t") and line.strip():
        return int((headed or traced) and is_continuation(line))
    if not line.strip():
        return 2 if _resumes(following) else 0
    if line == _TRACEBACK or line.startswith(_CHAINED):
        return int(headed or traced)
    if _HEADER.match(line):
        return 0
    if traced and lines[index - 1][:1] in (" ", "\t") and _RAISED.match(line):
        return 1
    if is_frame(following) and ((_THROWN.match(line) and headed) or _GO_CALL.match(line)):
        return 1
    return 0


def _resumes(line: str) -> bool:
    """After a blank line a trace goes on only with these."""
    return line.startswith(("goroutine ", *_CHAINED)) or line == _TRACEBACK
