"""The edge's own book: which bytes of which file were planned for sending, and which arrived.

One small SQLite file. A range is written before its record is sent and struck out after the
broker's acknowledgement, so after a crash at any instant the ranges still standing are sent again,
byte for byte the same; their header makes the repeat harmless.
"""

import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from connectors.sources.marks import START, Mark, digest
from schemas.errors import UserError

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS origins (
    id INTEGER PRIMARY KEY,
    scope TEXT NOT NULL,
    home BLOB NOT NULL,
    source TEXT NOT NULL,
    path BLOB NOT NULL,
    device INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    fingerprint TEXT NOT NULL UNIQUE,
    taken INTEGER NOT NULL,
    head_bytes INTEGER NOT NULL,
    head BLOB NOT NULL,
    tail_bytes INTEGER NOT NULL,
    tail BLOB NOT NULL,
    repeating INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS origins_by_path ON origins (scope, path);
CREATE INDEX IF NOT EXISTS origins_by_inode ON origins (scope, device, inode);
CREATE INDEX IF NOT EXISTS origins_by_head ON origins (scope, head);
CREATE INDEX IF NOT EXISTS origins_by_home ON origins (scope, home);
CREATE TABLE IF NOT EXISTS ranges (
    origin INTEGER NOT NULL REFERENCES origins ON DELETE CASCADE,
    start INTEGER NOT NULL,
    stop INTEGER NOT NULL,
    PRIMARY KEY (origin, start)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS cursors (
    name TEXT PRIMARY KEY,
    taken TEXT NOT NULL,
    planned TEXT NOT NULL
) WITHOUT ROWID;
"""
_ORIGIN: Final = (
    "id, source, path, device, inode, fingerprint, taken, head_bytes, head, tail_bytes, tail,"
    " repeating"
)

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file lies: an absolute path and the inode that it led to."""

    path: Path
    device: int
    inode: int


@dataclass(frozen=True, slots=True)
class Origin:
    """One reading of one file; `mark` is as far as ranges were planned.

    `repeating` while a file is counted once more and the end was not reached yet.
    """

    id: int
    source: str
    place: Place
    fingerprint: str
    mark: Mark
    repeating: bool = False


class Book:
    """May be shared by threads and by processes.

    A `scope` is the name given by --source, or "" for files named after their path: how far a
    file was read is kept apart for each.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._lock = threading.Lock()

    def candidates(self, scope: str, place: Place, first_kib: bytes) -> list[Origin]:
        """Readings that may be of this file: its inode's first, then its path's, then its head's.

        The newest of each first.
        """
        rows = self._query(
            f"""SELECT {_ORIGIN} FROM origins
                WHERE scope = :scope AND (
                    (device = :device AND inode = :inode) OR path = :path OR head = :head)
                ORDER BY (device = :device AND inode = :inode) DESC, path = :path DESC, id DESC
            """,  # noqa: S608 (only our own column names)
            {
                "scope": scope,
                "device": place.device,
                "inode": place.inode,
                "path": _bytes(place),
                "head": digest(first_kib),
            },
        )
        return [_origin(row) for row in rows]

    def predecessors(self, scope: str, origin: Origin) -> list[Origin]:
        """The last few readings that began at the same path before this one, oldest first.

        Their files were rotated since, wherever they lie now.
        """
        rows = self._query(
            f"""SELECT {_ORIGIN} FROM origins
                WHERE scope = :scope AND home = :home AND id < :id
                ORDER BY id DESC LIMIT 3
            """,  # noqa: S608 (only our own column names)
            {"scope": scope, "home": _bytes(origin.place), "id": origin.id},
        )
        return [_origin(row) for row in reversed(rows)]

    def open(
        self, scope: str, source: str, place: Place, fingerprint: str, repeating: bool = False
    ) -> Origin:
        """A new reading from the first byte."""
        mark = START
        with self._lock, self._db:
            cursor = self._db.execute(
                f"INSERT INTO origins (scope, home, {_ORIGIN})"  # noqa: S608
                f" VALUES (?, ?, NULL, {', '.join('?' * 11)})",
                (
                    scope,
                    _bytes(place),
                    source,
                    *_place(place),
                    fingerprint,
                    *_mark(mark),
                    repeating,
                ),
            )
        return Origin(int(cursor.lastrowid or 0), source, place, fingerprint, mark, repeating)

    def repeated(self, origin: Origin) -> None:
        """The end was reached: from now on it may be counted once more again."""
        with self._lock, self._db:
            self._db.execute("UPDATE origins SET repeating = 0 WHERE id = ?", (origin.id,))

    def moved(self, origin: Origin, place: Place) -> Origin:
        """The same reading, found at another place."""
        with self._lock, self._db:
            self._db.execute(
                "UPDATE origins SET path = ?, device = ?, inode = ? WHERE id = ?",
                (*_place(place), origin.id),
            )
        return replace(origin, place=place)

    def forget(self, origin: Origin) -> None:
        """Drop a reading and the ranges that it still had planned."""
        with self._lock, self._db:
            self._db.execute("DELETE FROM origins WHERE id = ?", (origin.id,))

    def advance(
        self,
        origin: Origin,
        arrived: Iterable[int],
        planned: Sequence[Span] = (),
        mark: Mark | None = None,
    ) -> None:
        """In one transaction: strike out ranges by their start, plan others, move the mark."""
        with self._lock, self._db:
            self._db.executemany(
                "DELETE FROM ranges WHERE origin = ? AND start = ?",
                [(origin.id, start) for start in arrived],
            )
            self._db.executemany(
                "INSERT INTO ranges (origin, start, stop) VALUES (?, ?, ?)",
                [(origin.id, start, stop) for start, stop in planned],
            )
            if mark is not None:
                self._db.execute(
                    "UPDATE origins SET taken = ?, head_bytes = ?, head = ?, tail_bytes = ?,"
                    " tail = ? WHERE id = ?",
                    (*_mark(mark), origin.id),
                )

    def standing(self, origin: Origin) -> list[Span]:
        """Ranges planned and not known to have arrived, in order."""
        rows = self._query(
            "SELECT start, stop FROM ranges WHERE origin = :id ORDER BY start", {"id": origin.id}
        )
        return [(int(start), int(stop)) for start, stop in rows]

    def cursors(self, name: str) -> tuple[str, str]:
        """What was taken of a source that counts in cursors, and what was planned beyond it.

        Both "" before the first plan; equal when nothing is standing.
        """
        rows = self._query("SELECT taken, planned FROM cursors WHERE name = :n", {"n": name})
        return (str(rows[0][0]), str(rows[0][1])) if rows else ("", "")

    def set_cursors(self, name: str, taken: str, planned: str) -> None:
        """A plan when `planned` is beyond `taken`; equal when it has arrived."""
        with self._lock, self._db:
            self._db.execute("REPLACE INTO cursors VALUES (?, ?, ?)", (name, taken, planned))

    def forget_cursors(self, prefix: str) -> None:
        """Of every source whose name begins so; it is read from its beginning again."""
        with self._lock, self._db:
            self._db.execute("DELETE FROM cursors WHERE instr(name, ?) = 1", (prefix,))

    def _query(self, sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()


@contextmanager
def open_book(path: Path | None, fsync: bool = True) -> Iterator[Book]:
    """The book in file `path`; None: one in memory, for what cannot be read twice.

    `fsync` makes plans survive a power cut too. Raises UserError when the file cannot be used.
    """
    try:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(path or ":memory:", timeout=30, check_same_thread=False)
    except (OSError, sqlite3.Error) as error:
        raise _unusable(path, error) from error
    with closing(db):
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute(f"PRAGMA synchronous = {'FULL' if fsync else 'NORMAL'}")
            db.execute("PRAGMA foreign_keys = ON")
            db.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise _unusable(path, error) from error
        yield Book(db)


def _unusable(path: Path | None, error: Exception) -> UserError:
    return UserError(
        f"{path}, the book of what was read, cannot be used: {error}",
        "make the data directory writable, or name another with --data",
    )


def _bytes(place: Place) -> bytes:
    return os.fsencode(place.path)  # a path need not be UTF-8


def _place(place: Place) -> tuple[bytes, int, int]:
    return _bytes(place), place.device, place.inode


def _mark(mark: Mark) -> tuple[int, int, bytes, int, bytes]:
    return mark.offset, mark.head_bytes, mark.head, mark.tail_bytes, mark.tail


def _origin(row: tuple[Any, ...]) -> Origin:
    id_, source, path, device, inode, fingerprint, *mark, repeating = row
    place = Place(Path(os.fsdecode(path)), device, inode)
    return Origin(id_, source, place, fingerprint, Mark(*mark), bool(repeating))
