"""The log files of the parts are bounded, and each line reaches the view once and whole."""

from pathlib import Path

from connectors.embedded.logs import PartLog


def test_lines_are_whole_whatever_the_chunks_were(tmp_path: Path) -> None:
    seen: list[tuple[str, str]] = []
    log = PartLog(tmp_path / "part.log", lambda part, line: seen.append((part, line)))
    for chunk in (b"one\ntw", b"o\nth", b"ree"):
        log.write(chunk)
    log.close()
    assert seen == [("part", "one"), ("part", "two"), ("part", "three")]
    assert (tmp_path / "part.log").read_bytes() == b"one\ntwo\nthree\n"


def test_what_is_kept_is_bounded_and_the_newest(tmp_path: Path) -> None:
    log = PartLog(tmp_path / "part.log", lambda _part, _line: None, file_bytes=100, kept=2)
    for number in range(1000):
        log.write(b"line %d\n" % number)
    log.close()
    files = [tmp_path / name for name in ("part.log.2", "part.log.1", "part.log")]
    assert sorted(tmp_path.iterdir()) == sorted(files)
    assert all(file.stat().st_size <= 100 for file in files)
    text = b"".join(file.read_bytes() for file in files).splitlines()
    assert text == [b"line %d" % n for n in range(1000 - len(text), 1000)]


def test_a_line_without_end_does_not_fill_the_memory(tmp_path: Path) -> None:
    log = PartLog(tmp_path / "part.log", lambda _part, _line: None)
    log.write(b"x" * 100_000)
    assert (tmp_path / "part.log").stat().st_size > 65_536
    log.close()


def test_a_rotation_that_fails_costs_lines_until_one_succeeds(tmp_path: Path) -> None:
    seen: list[str] = []
    log = PartLog(
        tmp_path / "part.log", lambda _part, line: seen.append(line), file_bytes=20, kept=1
    )
    in_the_way = tmp_path / "part.log.1"
    in_the_way.mkdir()
    (in_the_way / "file").touch()  # nothing replaces a folder
    for number in range(5):
        log.write(b"line %d\n" % number)
    assert len(seen) == 5
    (in_the_way / "file").unlink()
    in_the_way.rmdir()
    log.write(b"line 5\n")
    log.close()
    assert seen[-1] == "line 5"
    assert (tmp_path / "part.log").read_bytes() == b"line 5\n"
    assert (tmp_path / "part.log.1").read_bytes() == b"line 0\nline 1\n"
