"""`foreshock dlq`: what could not be used, why, and how it gets another chance."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.table import Table

from connectors import deadletters
from connectors.cli import context
from connectors.cli.output import console, write_json
from connectors.deadletters import DeadLetter
from schemas.display import shown
from schemas.errors import UserError

app = typer.Typer(no_args_is_help=True, help="List, show, replay or purge dead letters.")

Json = Annotated[bool, typer.Option("--json", help="As JSON.")]


def _as_dict(letter: DeadLetter, whole: bool) -> dict[str, object]:
    value = letter.value if whole else letter.value[:200]
    return letter.model_dump(mode="json", exclude={"value"}) | {
        "bytes": len(letter.value),
        "value": value.decode("utf-8", "backslashreplace"),
    }


def table(letters: Sequence[DeadLetter]) -> Table:
    """One row a letter, with how its bytes begin."""
    drawn = Table("at (UTC)", "id", "reason", "lines", "points", "back", "bytes", box=None)
    for letter in letters:
        drawn.add_row(
            f"{letter.at:%m-%d %H:%M:%S}",
            shown(letter.id),
            shown(letter.reason),
            f"{letter.lines:,}" if letter.lines else "",
            f"{letter.points:,}" if letter.points else "",
            "yes" if letter.brought_back else "no",
            _preview(letter.value),
        )
    return drawn


def _preview(value: bytes) -> str:
    return shown(value[:80].decode("utf-8", "backslashreplace"))


@app.command("list")
def list_letters(
    source: Annotated[str | None, typer.Option(help="Only of this source.")] = None,
    reason: Annotated[str | None, typer.Option(help="Only with this reason.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 50,
    json: Json = False,
) -> None:
    """List dead letters, newest last. Example: foreshock dlq list --reason oversized"""
    settings = context.connected()
    letters = [
        letter
        for letter in asyncio.run(deadletters.read_all(settings))
        if source in (None, letter.source) and reason in (None, letter.reason)
    ][-limit:]
    if json:
        write_json([_as_dict(letter, whole=False) for letter in letters])
        return
    console.print(table(letters) if letters else "no dead letters")


@app.command()
def show(identity: Annotated[str, typer.Argument(metavar="ID")], json: Json = False) -> None:
    """Show one dead letter with its bytes. Example: foreshock dlq show ID --json"""
    letter = _one(asyncio.run(deadletters.read_all(context.connected())), identity)
    if json:
        write_json(_as_dict(letter, whole=True))
        return
    for name, value in _as_dict(letter, whole=True).items():
        console.print(f"{name}: {shown(str(value))}", soft_wrap=True)


@app.command()
def replay(
    identities: Annotated[list[str] | None, typer.Argument(metavar="[ID]...")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every one not brought back yet.")] = False,
) -> None:
    """Send dead letters through the pipeline again; twice changes nothing.

    Example: foreshock dlq replay --all
    """
    settings = context.connected()
    letters = asyncio.run(deadletters.read_all(settings))
    chosen = [_one(letters, identity) for identity in identities or []]
    if all_:
        chosen = [letter for letter in letters if not letter.brought_back]
    elif not chosen:
        raise UserError("nothing to replay", "name ids, or say --all", exit_code=2)
    fit = [letter for letter in chosen if deadletters.can_be_replayed(letter)]
    count = asyncio.run(deadletters.replay(settings, fit))
    console.print(f"{count} dead letters sent again")
    if len(fit) < len(chosen):
        left = f"{len(chosen) - len(fit)} cannot be: they never were lines of a topic, or were cut"
        console.print(left)
    if count < len(fit):
        console.print(f"{len(fit) - count} cannot be: they are larger than the broker takes")


@app.command()
def purge(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete all dead letters; the ledger keeps their numbers. Example: foreshock dlq purge"""
    settings = context.connected()
    if not yes:
        typer.confirm("Delete every dead letter for good?", abort=True)
    console.print(f"{asyncio.run(deadletters.purge(settings))} records deleted")


def _one(letters: list[DeadLetter], identity: str) -> DeadLetter:
    for letter in letters:
        if letter.id == identity:
            return letter
    raise UserError(f"no dead letter {identity}", "`foreshock dlq list` lists them")
