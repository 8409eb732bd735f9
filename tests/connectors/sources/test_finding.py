"""What a file's source is called, so that no two files ever share their counts."""

from pathlib import Path

from agents.parsing.record import Record
from connectors.publish import batch_headers
from connectors.sources.finding import source_of
from schemas.logs import LogBatch, encode_batch

DEEP = Path("/srv") / ("d" * 120) / ("e" * 120)


def test_a_source_is_called_as_its_path() -> None:
    assert source_of(Path("/var/log/é[1].log")) == "file:/var/log/é[1].log"
    assert source_of(Path("/" + "x" * 194)) == "file:/" + "x" * 194


def test_long_paths_that_begin_or_end_alike_are_different_sources() -> None:
    paths = [DEEP / "app.log", DEEP / "app.log.1", Path("/mnt", *DEEP.parts[1:], "app.log")]
    names = [source_of(path) for path in paths]
    assert len(set(names)) == 3
    assert {len(name) for name in names} == {200}
    assert names[0].startswith("file:/srv/dddd")
    assert "e/app.log#" in names[0]
    assert names[0] == source_of(paths[0])


def test_it_is_counted_under_this_name() -> None:
    batch = LogBatch(source_of(DEEP / "app.log"), [b"a line"])
    found = Record("logs.raw", 0, 0, 0, None, encode_batch(batch), batch_headers(batch, "r"))
    assert found.source == batch.source
