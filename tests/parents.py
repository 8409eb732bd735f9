"""A process that starts a worker of a server and is killed; as uvicorn with several workers."""

import importlib
import subprocess
import sys
import time

import psutil

from connectors.embedded.processes import end, identify, wait_gone

_PATIENCE_SECONDS = 20.0
_PARENT = """
import multiprocessing, sys, time
from tests.parents import work
multiprocessing.get_context("spawn").Process(target=work, args=(sys.argv[1],)).start()
time.sleep(1000)
"""


def work(module: str) -> None:
    """The life of a worker that has called `end_with_parent` of this module."""
    importlib.import_module(module).end_with_parent()
    sys.stdout.write("at work\n")
    sys.stdout.flush()
    time.sleep(1000)


def worker_ends_with_its_parent(module: str) -> bool:
    """Whether it does when its parent is killed."""
    command = [sys.executable, "-c", _PARENT, module]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"at work\n"
        # multiprocessing starts a tracker of its own beside the worker.
        children = psutil.Process(parent.pid).children()
        workers = [found for child in children if (found := identify(child.pid))]
        parent.kill()
        parent.wait()
    gone = wait_gone(workers, _PATIENCE_SECONDS)
    end(workers, 0.0)
    return gone
