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
from rich.text import Text

from connectors import cli
from connectors.cli import context
from connectors.cli.output import errors
from connectors.embedded.refusals import refusal
from schemas.display import shown
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
        _say(str(error), error.remedy)
        sys.exit(error.exit_code)
    except Unavailable as error:
        _say(str(error), "`foreshock status` says what runs and why not")
        sys.exit(1)
    except OSError as error:
        refused = refusal(error)
        _say(str(refused), refused.remedy)
        sys.exit(1)


def _say(error: str, remedy: str) -> None:
    """Both may hold text from outside, in several lines."""
    for word, style, said in (("error", "red", error), ("remedy", "dim", remedy)):
        text = "\n".join(map(shown, said.split("\n")))
        if text:
            errors.print(Text.assemble((f"{word}:", style), f" {text}"), soft_wrap=True)


if __name__ == "__main__":
    main()
