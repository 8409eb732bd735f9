"""The book of ranges, the claims, and which reading a file goes on with."""

import gzip
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.sources.book import Book, Origin, open_book
from connectors.sources.claims import open_claims
from connectors.sources.marks import Mark
from connectors.sources.recognising import first_kib, place_of, recognise, rotated_to
from schemas.errors import UserError

BANNER = b"# the same first line in every file of this program\n" * 30
LINES = b"".join(b"line %d\n" % n for n in range(1000))


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    with open_book(tmp_path / "book" / "edges.sqlite", fsync=False) as opened:
        yield opened


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def taken(book: Book, path: Path, offset: int) -> Origin:
    """A reading of `path` up to `offset`."""
    data = path.read_bytes()
    origin = book.open("", f"file:{path}", place_of(path), f"f-{path.name}-{offset}")
    mark = Mark.at(offset, data, data[max(0, offset - 100) : offset])
    book.advance(origin, [], [(0, offset)], mark)
    book.advance(origin, [0])
    return origin


def known(book: Book, path: Path) -> int | None:
    found = recognise(book, "", place_of(path), first_kib(path))
    return found.id if found else None


def test_ranges_stand_until_they_are_struck_out_also_over_a_restart(tmp_path: Path) -> None:
    path = written(tmp_path / "a", LINES)
    with open_book(tmp_path / "b.sqlite") as book:
        origin = book.open("", "s", place_of(path), "f")
        book.advance(origin, [], [(0, 10), (10, 30), (30, 35)], Mark.at(35, LINES, LINES[:35]))
        book.advance(origin, [10])
    with open_book(tmp_path / "b.sqlite") as book:
        found = recognise(book, "", place_of(path), first_kib(path))
        assert found is not None
        assert found.mark.offset == 35
        assert book.standing(found) == [(0, 10), (30, 35)]
        book.forget(found)
        assert known(book, path) is None


def test_a_grown_file_is_the_same(book: Book, tmp_path: Path) -> None:
    path = written(tmp_path / "a", BANNER)
    origin = taken(book, path, 60)
    written(path, BANNER + LINES)
    assert known(book, path) == origin.id


def test_a_rewritten_file_is_another_also_under_the_same_banner(book: Book, tmp_path: Path) -> None:
    path = written(tmp_path / "a", BANNER + LINES)
    taken(book, path, len(BANNER) + 500)
    written(path, BANNER + LINES.replace(b"line", b"LINE") * 2)
    assert known(book, path) is None


def test_a_copy_beside_its_original_is_a_file_of_its_own(book: Book, tmp_path: Path) -> None:
    path = written(tmp_path / "a", BANNER + LINES)
    origin = taken(book, path, 5000)
    copy = written(tmp_path / "b", BANNER + LINES)
    assert known(book, copy) is None
    path.unlink()
    assert known(book, copy) == origin.id


def test_a_renamed_file_keeps_its_reading_and_its_source(book: Book, tmp_path: Path) -> None:
    path = written(tmp_path / "app.log", LINES)
    origin = taken(book, path, 70)
    moved = path.rename(tmp_path / "app.log.1")
    written(path, b"the next one\n")
    assert known(book, path) is None
    assert known(book, moved) == origin.id
    found = recognise(book, "", place_of(moved), first_kib(moved))
    assert found is not None
    assert (found.source, found.place.path) == (f"file:{path}", moved)


def test_a_file_compressed_after_its_rotation_is_found(book: Book, tmp_path: Path) -> None:
    path = written(tmp_path / "app.log", LINES)
    origin = taken(book, path, 8000)
    packed = written(tmp_path / "app.log.1.gz", gzip.compress(LINES))
    written(path, b"the next one\n")
    assert rotated_to(_again(book, origin, path)) == packed
    assert known(book, packed) == origin.id


def _again(book: Book, origin: Origin, path: Path) -> Origin:
    (found,) = [o for o in book.candidates("", place_of(path), b"") if o.id == origin.id]
    return found


def test_readings_are_kept_apart_by_the_name_that_was_given(book: Book, tmp_path: Path) -> None:
    path = written(tmp_path / "a", LINES)
    taken(book, path, 100)
    assert recognise(book, "web", place_of(path), first_kib(path)) is None


def test_cursors_are_kept(book: Book) -> None:
    assert book.cursors("journald:x") == ("", "")
    book.set_cursors("journald:x", "a", "b")
    assert book.cursors("journald:x") == ("a", "b")


def test_a_book_that_cannot_be_written_names_itself_and_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"in the way")
    with (
        pytest.raises(UserError, match=r"file/edges\.sqlite") as raised,
        open_book(tmp_path / "file" / "edges.sqlite"),
    ):
        pass
    assert "--data" in raised.value.remedy


def test_a_book_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "edges.sqlite", b"no database at all, but long enough\n" * 100)
    with pytest.raises(UserError, match="not a database"), open_book(path):
        pass


def test_a_claim_dies_with_its_process(tmp_path: Path) -> None:
    lock = tmp_path / "edges.lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(lock)], stdout=subprocess.PIPE, stdin=subprocess.PIPE
    )
    with holder, open_claims(lock) as claims:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"True\n"
        assert not claims.claim(1, 2)
        assert claims.claim(1, 3)
        assert not claims.claim(1, 3), "another reader of this process"
        holder.kill()
        holder.wait()
        assert claims.claim(1, 2)
        claims.release(1, 2)
        assert claims.claim(1, 2)


_HOLD = """
import sys
from pathlib import Path
from connectors.sources.claims import open_claims
with open_claims(Path(sys.argv[1])) as claims:
    sys.stdout.write(f"{claims.claim(1, 2)}\\n")
    sys.stdout.flush()
    sys.stdin.read()
"""
