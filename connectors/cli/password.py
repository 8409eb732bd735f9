"""`foreshock password`: a new password for somebody who lost theirs."""

import asyncio
from typing import Annotated

import typer

from connectors.cli import context
from connectors.cli.output import console, write_json
from connectors.lost_password import replace_password
from schemas.display import shown


def run(
    username: Annotated[str, typer.Argument(help="Whose password; `admin` is the first user.")],
    json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
) -> None:
    """Make a new password for a user, for when nobody can log in any more.

    Every session of the user ends. The password is shown here and nowhere else.

    Example: foreshock password admin
    """
    password = asyncio.run(replace_password(context.connected(), username))
    if json:
        write_json({"username": username, "password": password})
        return
    console.print(f"the password of {shown(username)} is now {password}", soft_wrap=True)
