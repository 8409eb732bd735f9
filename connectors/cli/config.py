"""`foreshock config`: the settings in force, secrets hidden; or the text of .env.example."""

from typing import Annotated

import typer
from pydantic import SecretStr
from rich.text import Text

from connectors.cli import context
from connectors.cli.output import console, write_json
from schemas.display import shown
from schemas.settings import Settings, environment_name


def example() -> str:
    """The text of .env.example, generated from the fields of Settings."""
    lines = ["# Every setting with its default. Generated: `foreshock config --example`."]
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True)
        shown = _plain(default)
        lines += ["", f"# {field.description}", f"#{environment_name(name)}={shown}"]
    return "\n".join(lines) + "\n"


def _plain(value: object) -> str:
    if isinstance(value, SecretStr):
        return "" if not value.get_secret_value() else "***"
    if isinstance(value, list):
        return ",".join(map(str, value))
    return "" if value is None else str(value)


def run(
    json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
    example_: Annotated[bool, typer.Option("--example", help="The text of .env.example.")] = False,
) -> None:
    """Show the settings in force, with secrets hidden.

    Example: foreshock config --json
    """
    if example_:
        console.file.write(example())
        return
    settings = context.settings()
    values = {environment_name(n): _plain(getattr(settings, n)) for n in Settings.model_fields}
    if json:
        write_json(values)
        return
    for name, value in values.items():
        console.print(Text.assemble((name, "bold"), f"={shown(value)}"), soft_wrap=True)
