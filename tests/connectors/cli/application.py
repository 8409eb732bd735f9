"""The command line as users meet it, run inside the test's process."""

import importlib
import pkgutil
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import pytest

from connectors import cli
from connectors.cli.__main__ import main
from schemas.settings import Settings, environment_name


class Answer(NamedTuple):
    """What a command wrote and ended with."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def output(self) -> str:
        return self.stdout + self.stderr


def invoke(*words: str) -> Answer:
    """`foreshock WORDS`; an exception that people would see as a traceback is raised."""
    out, err = StringIO(), StringIO()
    with (
        patch.object(sys, "argv", ["foreshock", *words]),
        redirect_stdout(out),
        redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    return Answer(int(ended.value.code or 0), out.getvalue(), err.getvalue())


def commands() -> Iterator[tuple[str, ...]]:
    """The words of every command, those of groups too."""
    for found in pkgutil.iter_modules(cli.__path__):
        module = importlib.import_module(f"{cli.__name__}.{found.name}")
        if found.name == "__main__":
            continue
        if hasattr(module, "run"):
            yield (found.name,)
        elif hasattr(module, "app"):
            for command in module.app.registered_commands:
                yield found.name, command.name or command.callback.__name__


def empty_environment(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """No setting and no .env of whoever runs the tests; `folder` becomes the working directory."""
    for field in Settings.model_fields:
        monkeypatch.delenv(environment_name(field), raising=False)
        monkeypatch.delenv(f"{environment_name(field)}_FILE", raising=False)
    monkeypatch.delenv("KAFKA_BROKERS", raising=False)
    monkeypatch.chdir(folder)
