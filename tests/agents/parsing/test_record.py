"""Under which name the lines of a record are counted, and whose name it may be."""

import pytest

from agents.parsing.record import Record, read_batch, source_of
from schemas.headers import REPLAY, SCHEMA, SOURCE, Headers
from schemas.logs import LOG_BATCH, LogBatch, encode_batch


def record(key: bytes | None, value: bytes, headers: Headers) -> Record:
    return Record("logs.raw", 0, 7, 1_700_000_000_000, key, value, headers)


@pytest.mark.parametrize(
    ("key", "headers", "source"),
    [
        (b"web-1", [], "web-1"),
        (b"web-1", [(SOURCE, b"app")], "app"),
        (None, [], "logs.raw"),
        (b"demolition", [], "demolition"),
        (b"demo/web-1", [], "outside/demo/web-1"),
        (b"de\x00mo/web-1", [], "outside/demo/web-1"),
        (b"web-1", [(SOURCE, b"demo/web-1")], "outside/demo/web-1"),
        (b"web-1", [(SOURCE, b"demo/" + b"x" * 300)], "outside/demo/" + "x" * 187),
    ],
)
def test_a_stranger_is_not_counted_as_made_up(
    key: bytes | None, headers: Headers, source: str
) -> None:
    found = record(key, b"a line", headers)
    assert found.source == source
    assert source_of(read_batch(found), found) == source


def test_the_made_up_fleet_keeps_its_names() -> None:
    batch = LogBatch("demo/web-1", [b"a line"], demo=True)
    headers = [(SCHEMA, LOG_BATCH), (SOURCE, b"demo/web-1")]
    found = record(b"demo/web-1", encode_batch(batch), headers)
    assert found.source == source_of(read_batch(found), found) == "demo/web-1"


def test_what_comes_back_from_the_dead_letters_keeps_its_name() -> None:
    """Its line moves from dead to parsed in the books of that name."""
    found = record(b"demo/web-1", b"{}", [(SOURCE, b"demo/web-1"), (REPLAY, b"id#-1")])
    assert found.source == source_of(read_batch(found), found) == "demo/web-1"
