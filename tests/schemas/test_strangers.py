"""What a line is, and what a stranger's value holds."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.lines import split_lines
from schemas.strangers import read


@pytest.mark.parametrize(
    ("blob", "lines"),
    [
        (b"", []),
        (b"\n", [b""]),
        (b"a", [b"a"]),
        (b"a\n", [b"a"]),
        (b"a\nb", [b"a", b"b"]),
        (b"a\r\n\r\nb\r", [b"a", b"", b"b"]),
        (b"a\r\r\nb\rc\n", [b"a\r", b"b\rc"]),
        (b"\n\n", [b"", b""]),
    ],
)
def test_a_line_is_what_stands_between_newlines(blob: bytes, lines: list[bytes]) -> None:
    assert split_lines(blob) == lines


@given(st.lists(st.binary().filter(lambda line: b"\n" not in line and not line.endswith(b"\r"))))
def test_lines_come_back(lines: list[bytes]) -> None:
    assert split_lines(b"".join(line + b"\n" for line in lines)) == lines


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        (b"", []),
        (b"plain", [b"plain"]),
        (b"a\n\nb\r\n", [b"a", b"", b"b"]),
        (b'{"a":1}', [b'{"a":1}']),
        (b'{"a":1}\r\n', [b'{"a":1}']),
        (b'{\n  "a": 1.10,\n  "b": "x y"\n}\n', [b'{"a":1.10,"b":"x y"}']),
        (b'{"a":1}\n{"b":2}\n', [b'{"a":1}', b'{"b":2}']),
        (b"[]", []),
        (b'[{"a": 1}, "te\\nxt", 7, null, [1]]', [b'{"a": 1}', b"te\nxt", b"7", b"null", b"[1]"]),
        (b'[\n{\n"a":1}\n]', [b'{"a":1}']),
        (b"[2024-01-01 12:00:00] x\ny", [b"[2024-01-01 12:00:00] x", b"y"]),
        (b'{"a":', [b'{"a":']),
        (b'[{"a":1},', [b'[{"a":1},']),
        (b'{"a":"\xff"}\nb', [b'{"a":"\xff"}', b"b"]),
        (b'{"n":' + b"9" * 1_000_000 + b"}", [b'{"n":' + b"9" * 1_000_000 + b"}"]),
        (b'{"a":' * 100_000, [b'{"a":' * 100_000]),
        (b"[" * 100_000, [b"[" * 100_000]),
        (b'"text"', [b'"text"']),
        (b"17", [b"17"]),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_value(value: bytes, lines: list[bytes]) -> None:
    assert read(value) == lines


@given(st.binary())
@example(b'["\\ud800"]')
@example(b'{"a": "\\ud800"}')
@example(b"[1, 2, {]")
def test_any_bytes_are_lines(value: bytes) -> None:
    assert all(isinstance(line, bytes) for line in read(value))


objects = st.dictionaries(st.text(max_size=5), st.integers(-(2**53), 2**53) | st.text(max_size=9))


@given(st.lists(objects), st.sampled_from([None, 2]))
def test_array_has_one_line_an_item(items: list[dict[str, object]], indent: int | None) -> None:
    lines = read(json.dumps(items, indent=indent).encode())
    assert [json.loads(line) for line in lines] == items
    assert not any(b"\n" in line for line in lines)
