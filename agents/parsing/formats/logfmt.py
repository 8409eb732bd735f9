"""logfmt, as Go's logrus and Grafana write it: `time=2021-09-15T21:17:10Z level=info msg="a b"`."""

import re

from agents.parsing.formats.objects import NAME_LENGTH
from agents.parsing.formats.patterns import LETTERS
from agents.parsing.formats.registry import Parts, Rank, log_format

_START = re.compile(r'[A-Za-z_][\w.-]{0,63}=(?:"|\S{0,255} [A-Za-z_][\w.-]{0,63}=)')
_PAIR = re.compile(r'([A-Za-z_@][\w.@-]{0,63})=("(?>(?:[^"\\]|\\.)*)"|\S*+)')
_ESCAPE = re.compile(r"\\(.)")

_MESSAGES = ("msg", "message", "event")
_LEVELS = ("level", "lvl", "severity", "loglevel")
_TIMES = ("time", "ts", "t", "timestamp", "at")
_HOSTS = ("host", "hostname")
_SERVICES = ("service", "app", "logger", "component")


@log_format("logfmt", rank=Rank.FAMILY, first=LETTERS + "_")
def read(line: str) -> Parts | None:
    """Needs a level, or a message and a time; without a message the line is the message."""
    if _START.match(line) is None:
        return None
    pairs = dict(_PAIR.findall(line))
    if _first(pairs, _LEVELS) == "" and not ("msg" in pairs and _first(pairs, _TIMES)):
        return None
    return (
        _first(pairs, _TIMES) or None,
        _first(pairs, _HOSTS)[:NAME_LENGTH],
        _first(pairs, _SERVICES)[:NAME_LENGTH],
        _first(pairs, _LEVELS),
        _first(pairs, _MESSAGES) or line,
    )


def _first(pairs: dict[str, str], names: tuple[str, ...]) -> str:
    for name in names:
        value = pairs.get(name)
        if value:
            return _ESCAPE.sub(r"\1", value[1:-1]) if value[0] == '"' else value
    return ""
