"""The `foreshock` command. A file in this folder with a `run` function (or a Typer `app`) is a
subcommand of the same name.

Exit codes: 0 done, 1 could not be done, 2 wrong use or settings; others are listed by the command.
"""

import importlib
import pkgutil
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from connectors import cli
from connectors.cli import context
from connectors.cli.output import errors
from connectors.embedded.refusals import refusal
from schemas.errors import Unavailable, UserError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Turns a fleet's logs, metrics and alerts into few, explained, actionable incidents.",
)


@app.callback()
def options(
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="DIR", help="The instance's directory [FORESHOCK_DATA]."),
    ] = None,
) -> None:
    """Options that stand before the subcommand."""
    context.use_data(data)


def _register() -> None:
    for found in pkgutil.iter_modules(cli.__path__):
        if found.name == "__main__":
            continue
        module = importlib.import_module(f"connectors.cli.{found.name}")
        if hasattr(module, "app"):
            app.add_typer(module.app, name=found.name)
        elif hasattr(module, "run"):
            app.command(found.name)(module.run)


def main() -> None:
    """Runs the command line; people get a sentence and a remedy instead of a traceback."""
    _register()
    try:
        app(prog_name="foreshock")
    except UserError as error:
        errors.print(f"[red]error:[/red] {error}", soft_wrap=True)
        if error.remedy:
            errors.print(f"[dim]remedy:[/dim] {error.remedy}", soft_wrap=True)
        sys.exit(error.exit_code)
    except Unavailable as error:
        errors.print(f"[red]error:[/red] {error}", soft_wrap=True)
        errors.print("[dim]remedy:[/dim] `foreshock status` says what runs and why not")
        sys.exit(1)
    except OSError as error:
        refused = refusal(error)
        errors.print(f"[red]error:[/red] {escape(str(refused))}", soft_wrap=True)
        if refused.remedy:
            errors.print(f"[dim]remedy:[/dim] {escape(refused.remedy)}", soft_wrap=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
