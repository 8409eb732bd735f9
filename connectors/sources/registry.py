"""What can be polled. A new source is one file in this folder with one decorated function."""

import importlib
import pkgutil
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from connectors import sources
from connectors.sources.edge import Edge
from schemas.settings import Settings

Poll = Callable[[Edge, Settings], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Source:
    """A poller: `run` works until it is cancelled; `wanted` says whether the settings ask for it.

    `run` raises UserError when this machine does not have what it reads, Unavailable when the
    broker does not answer.
    """

    name: str
    wanted: Callable[[Settings], bool]
    run: Poll


_found: dict[str, Source] = {}


def source(name: str, wanted: Callable[[Settings], bool]) -> Callable[[Poll], Poll]:
    """Registers the decorated coroutine function under a name that is in use nowhere else."""

    def register(run: Poll) -> Poll:
        if name in _found:
            raise ValueError(f"two sources are called {name}")
        _found[name] = Source(name, wanted, run)
        return run

    return register


def wanted_sources(settings: Settings) -> list[Source]:
    """The sources that the settings ask for, by name."""
    for module in pkgutil.iter_modules(sources.__path__):
        importlib.import_module(f"{sources.__name__}.{module.name}")
    return [found for _, found in sorted(_found.items()) if found.wanted(settings)]
