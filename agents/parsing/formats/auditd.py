"""The Linux audit log: `type=SYSCALL msg=audit(1364481363.243:24287): arch=c000003e ...`."""

import re

from agents.parsing.formats.registry import Parts, log_format

_LINE = re.compile(
    r"(?:node=(\S{1,255}) )?(type=\w{1,64}) msg=audit\((\d{9,10}\.\d{3}):\d{1,20}\): ?"
)


@log_format("auditd", first="tn")
def read(line: str) -> Parts | None:
    """The message is the type and the fields; the serial number is left out."""
    found = _LINE.match(line)
    if found is None:
        return None
    node, kind, stamp = found.groups()
    return stamp, node, "auditd", None, f"{kind} {line[found.end() :]}"
