"""What every test may ask for: the running servers, and how long chaos shall last."""

import os
from pathlib import Path
from typing import Final

import hypothesis
import pytest

from tests.stack import RunningStack, running_stack, stop_stack

_TESTS: Final = Path(__file__).parent
_LONGEST_ID: Final = 100
_SHARE_SERVERS: Final = frozenset({"api", "browser"})


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--chaos-seconds",
        type=int,
        default=90,
        help="How long processes are killed under load (seconds).",
    )


def pytest_configure(config: pytest.Config) -> None:
    # How long an example takes is the machine's affair; a busy one is no failure.
    hypothesis.settings.register_profile("foreshock", deadline=None)
    hypothesis.settings.load_profile("foreshock")
    # Known also where the plugin that spreads tests over workers is switched off.
    config.addinivalue_line("markers", "xdist_group(name): tests that one worker runs")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Short names also for bodies of many MiB: each worker sends the names of all tests around."""
    if isinstance(val, str | bytes) and len(val) > _LONGEST_ID:
        return f"{argname}-of-{len(val)}"
    return None


@pytest.hookimpl(tryfirst=True)  # before the plugin reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker runs a file whose tests share a server; several would each start one."""
    for item in items:
        folder = item.path.relative_to(_TESTS).parts[0]
        if folder in _SHARE_SERVERS and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


@pytest.fixture(scope="session")
def chaos_seconds(request: pytest.FixtureRequest) -> int:
    """How long a chaos test shall load and kill."""
    return int(request.config.getoption("--chaos-seconds"))


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest) -> RunningStack:
    """Kafka and Postgres, started once for the run; `stack.settings()` is this test's own space."""
    return running_stack(_controller(request.config))


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        stop_stack(os.getpid())


def _controller(config: pytest.Config) -> int:
    """The pid of the process that ends last: our parent when we are one of its workers."""
    return os.getppid() if hasattr(config, "workerinput") else os.getpid()
