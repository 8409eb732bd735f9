"""Proxifier: `[10.30 16:49:06] chrome.exe *64 - proxy.example:5070 open through proxy ...`."""

from agents.parsing.formats.layout import Layout
from agents.parsing.formats.registry import Parts, log_format

LAYOUT = Layout(r"\[(?P<time>\d\d\.\d\d \d\d:\d\d:\d\d)\] (?:(?P<service>\S{1,64}+)(?: \*64)? - )?")


@log_format("proxifier", first="[", usual=(LAYOUT,))
def read(line: str) -> Parts | None:
    """The service is the program that connects; *64 marks a 64-bit one."""
    found = LAYOUT.match(line)
    return None if found is None else (found[1], None, found[2], None, line[found.end() :])
