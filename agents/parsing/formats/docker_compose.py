"""`docker compose logs`: the container's name, a bar, then whatever the container wrote."""

import re

from agents.parsing.formats.patterns import ANYTHING, DIGITS, LETTERS
from agents.parsing.formats.registry import Parts, log_format

_LINE = re.compile(r"([A-Za-z0-9][\w.-]{0,127}) +\| ")
_LEVELS = frozenset({"INFO", "WARN", "WARNING", "ERROR", "DEBUG", "TRACE", "FATAL", "CRITICAL"})


@log_format("docker_compose", first=LETTERS + DIGITS, wraps=ANYTHING)
def read(line: str) -> Parts | None:
    """The service is the container's name, with the replica's number."""
    found = _LINE.match(line)
    if found is None or found[1] in _LEVELS:
        return None
    return None, None, found[1], None, line[found.end() :]
