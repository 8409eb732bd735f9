"""The broker's jars: downloaded once by jgo, checked against jgo.lock.toml before every start."""

import fcntl
import hashlib
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.errors import UserError

LOCK = Path(__file__).with_name("jgo.lock.toml")
_DOWNLOADS_AT_ONCE = 8


@dataclass(frozen=True)
class Jar:
    """One locked artefact, by its Maven coordinates."""

    group: str
    artifact: str
    version: str
    sha256: str

    def path_in(self, repository: Path) -> Path:
        """Where it lies in a Maven repository."""
        folder = repository.joinpath(*self.group.split("."), self.artifact, self.version)
        return folder / f"{self.artifact}-{self.version}.jar"


def locked_jars() -> list[Jar]:
    """What the lock pins, in its order."""
    lock = tomllib.loads(LOCK.read_text(encoding="utf-8"))
    return [
        Jar(entry["groupId"], entry["artifactId"], entry["version"], entry["sha256"])
        for entry in lock["dependencies"]
    ]


def checked_jars(cache: Path) -> list[Path]:
    """Every locked jar below `cache`, each with the locked sha256; downloads what is missing.

    Raises UserError when a jar cannot be had, or what was downloaded is not what was locked.
    """
    repository = cache / "maven"
    repository.mkdir(parents=True, exist_ok=True)
    with (cache / "maven.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two instances may start at once
        jars = locked_jars()
        if wanting := [jar for jar in jars if not _is_intact(jar, repository)]:
            _download(wanting, repository)
    return [jar.path_in(repository) for jar in jars]


def _is_intact(jar: Jar, repository: Path) -> bool:
    path = jar.path_in(repository)
    return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == jar.sha256


def _download(jars: list[Jar], repository: Path) -> None:
    # Imported here: half a second that only the first start has to pay.
    from jgo.config import GlobalSettings
    from jgo.constants import MAVEN_CENTRAL_URL
    from jgo.maven import MavenContext

    remotes = {"central": MAVEN_CENTRAL_URL} | GlobalSettings.load().repositories
    context = MavenContext(repo_cache=repository, remote_repos=remotes)
    with ThreadPoolExecutor(_DOWNLOADS_AT_ONCE) as pool:
        list(pool.map(lambda jar: _fetch(jar, repository, context), jars))


def _fetch(jar: Jar, repository: Path, context: Any) -> None:
    jar.path_in(repository).unlink(missing_ok=True)  # cut off half-way, or changed
    try:
        context.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()
    except (OSError, RuntimeError) as error:  # jgo: no connection, or not found
        raise UserError(
            f"cannot download {jar.artifact} {jar.version}: {error}",
            "connect to the network once, or set KAFKA_BOOTSTRAP_SERVERS to a running broker",
        ) from error
    if not _is_intact(jar, repository):
        jar.path_in(repository).unlink(missing_ok=True)
        raise UserError(
            f"{jar.artifact} {jar.version} differs from the checksum in {LOCK.name}",
            "check which Maven repository is configured for jgo",
        )
