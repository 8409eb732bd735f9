"""The registry of log formats: what a format is, how it joins, which ones a line may be.

A format is a function from a line to its parts, put under `@log_format` in a module of this
package or in one named by a setting (`load_extra`). `routes` gives the formats to ask
for a line, most specific first.
"""

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import Final

from agents.parsing.formats.layout import Layout
from agents.parsing.times import Stamp
from schemas.errors import UserError
from schemas.severities import Severity

# Time, host, service, level and message as the line has them; None or "" where it has none.
# A plain tuple, because one is built for every line.
Parts = tuple[Stamp | None, str | None, str | None, str | Severity | None, str]
Reader = Callable[[str], Parts | None]

_PACKAGE: Final = "agents.parsing.formats"


class Rank(IntEnum):
    """Who is asked first.

    EXACT and FAMILY formats accept no line of one another, so a source may be asked for the format
    of its last line before any other; a LOOSE one only gets what is left over.
    """

    EXACT = 0  # one program's or one standard's header
    FAMILY = 1  # a layout that many programs share, e.g. time, level, logger
    LOOSE = 2  # hardly more than a time stamp or a level


@dataclass(frozen=True, slots=True)
class Format:
    """`first`: what a line of this format can begin with (single characters; empty: anything).

    `wraps`: when the second character of the message is one of these (the first is often a bracket
    or a letter), it is read as a line of its own, whose fields fill the gaps.
    `logger`: the service is a class or module, so a configured service name goes before it.
    `usual`: layouts that many of its lines have, so that they can be read at once. Of a line that
    has one of them, `read` says what the layout says.
    """

    name: str
    read: Reader
    rank: Rank
    first: str
    wraps: str
    logger: bool
    usual: tuple[Layout, ...] = ()


_formats: dict[str, Format] = {}


def log_format(
    name: str,
    *,
    rank: Rank = Rank.EXACT,
    first: str = "",
    wraps: str = "",
    logger: bool = False,
    usual: tuple[Layout, ...] = (),
) -> Callable[[Reader], Reader]:
    """Registers a reader, which gives None for a line that is not of this format.

    A reader must be pure, must not raise, and its time must be linear in the line's length.
    """

    def register(read: Reader) -> Reader:
        if name in _formats and _formats[name].read.__module__ != read.__module__:
            raise UserError(
                f"two log formats are called {name!r}",
                f"rename the one in {read.__module__}",
            )
        _formats[name] = Format(name, read, rank, first, wraps, logger, usual)
        routes.cache_clear()
        return read

    return register


def load_extra(modules: Sequence[str]) -> None:
    """Imports modules outside this package, so that the formats they decorate join."""
    for module in modules:
        try:
            importlib.import_module(module)
        except ImportError as error:
            raise UserError(
                f"cannot load log formats from {module!r}: {error}",
                "name an importable module, or take it out of the setting",
            ) from error


def formats() -> list[Format]:
    """Every registered format, most specific first."""
    _scan()
    return sorted(_formats.values(), key=lambda known: (known.rank, known.name))


@cache
def routes() -> dict[str, tuple[Format, ...]]:
    """By the first character of a line: the formats to ask, most specific first.

    The key "" stands for every other first character, and for no character at all.
    """
    known = formats()
    firsts = {character for f in known for character in f.first} | {""}
    return {
        first: tuple(f for f in known if not f.first or (first and first in f.first))
        for first in firsts
    }


@cache
def _scan() -> None:
    package = importlib.import_module(_PACKAGE)
    for module in pkgutil.iter_modules(package.__path__, f"{_PACKAGE}."):
        importlib.import_module(module.name)
