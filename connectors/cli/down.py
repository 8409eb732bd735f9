"""`foreshock down`: stops what `foreshock up` started in this data directory, and nothing else."""

from connectors.cli import context
from connectors.cli.output import console
from connectors.embedded.detached import stop_instance
from connectors.embedded.directory import Directory


def run() -> None:
    """Stop the instance of this data directory; return when all of it is gone.

    Example: foreshock --data /srv/foreshock down

    Exit codes: 0 nothing runs any more; 1 something does not end.
    """
    directory = Directory(context.settings().data_dir.resolve())
    stopped = stop_instance(directory)
    console.print("stopped" if stopped else f"nothing runs in {directory.root}", soft_wrap=True)
