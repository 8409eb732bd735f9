"""glog and Kubernetes' klog: `I0102 15:04:05.000000 123 file.go:1] message`, no year."""

import re

from agents.parsing.formats.registry import Parts, log_format
from agents.parsing.severities import WORDS

_LINE = re.compile(
    r"([IWEF])(\d{4} \d\d:\d\d:\d\d\.\d{6}) ++\d{1,20} (?:\[[^\]]{1,64}\] )?[\w./-]{1,255}:\d+\] ?"
)


@log_format("klog", first="IWEF")
def read(line: str) -> Parts | None:
    """The file name is no service: it says where in the program, not which program."""
    found = _LINE.match(line)
    if found is None:
        return None
    return found[2], None, None, WORDS[found[1]], line[found.end() :]
