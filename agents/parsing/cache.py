"""Bounded memory of lines already decided: keys of lines, and a mapping that forgets.

In come lines as text; out come keys under which lines of one pattern meet. What is remembered
under a key is the caller's affair.
"""

import re
from collections.abc import Sequence
from typing import Final, Generic, TypeVar

Key = TypeVar("Key", str, bytes, tuple[str, ...])
Value = TypeVar("Value")

# Of one generation: entries, and the sum of the lengths of their keys.
MAX_ENTRIES: Final = 32_768
MAX_SIZE: Final = 8 * 1024 * 1024
# Longer keys are not worth their place.
MAX_KEY_SIZE: Final = 2_048

_BLANK, _END_OF_LINE, _CONTROL, _DIGIT = b"\x01", b"\x02", b"\x03", b" "

# A word that holds a digit, unless it is a short name with an index (eth0, ssh2). The lookbehind
# and the possessive parts keep the search linear in the line.
_WORD_WITH_DIGIT: Final = re.compile(
    r"(?<![\w.+%#-])(?![A-Za-z]{1,6}[0-9](?![\w.+%#-]))(?:[^\W0-9]|[.+%#-])*+[0-9][\w.+%#-]*+"
)


def _key_table() -> bytes:
    table = bytearray(range(256))
    for bytes_from, byte_to in (
        (b" \t\r\x0b\x0c", _BLANK),
        (b"\x01\x02", _CONTROL),
        (b"0123456789", _DIGIT),
        (b"\n", _END_OF_LINE),
    ):
        for byte in bytes_from:
            table[byte] = byte_to[0]
    return bytes(table)


_KEY_TABLE: Final = _key_table()


def line_keys(lines: Sequence[str]) -> list[bytes]:
    """One key a line: its UTF-8 text with every run of digits as one `0`.

    Equal keys mean lines that differ in nothing but the digits of their numbers and the kind of
    their blanks, so words are never confused. All lines are keyed in one pass: digits become the
    only white space of the joined text, and splitting on white space swallows each run.
    """
    text = "\n".join(("", *lines, "")).encode("utf-8", "surrogatepass")
    keys = b"0".join(text.translate(_KEY_TABLE).split()).split(_END_OF_LINE)[1:-1]
    if len(keys) != len(lines):
        return line_keys([line.replace("\n", " ") for line in lines])
    return keys


def word_key(line: str) -> str:
    """The line with every word that holds a digit as `0`: slower, and one for all identifiers."""
    return _WORD_WITH_DIGIT.sub("0", line)


class Generations(Generic[Key, Value]):
    """A bounded mapping that forgets what was not used lately.

    A full young generation becomes the old one and the old one is dropped; what is read from the
    old one moves to the young one. `young` may be read directly, at the cost of a miss.
    """

    def __init__(self) -> None:
        self.young: dict[Key, Value] = {}
        self._old: dict[Key, Value] = {}
        self._size = 0

    def get(self, key: Key) -> Value | None:
        value = self.young.get(key)
        if value is None and (value := self._old.pop(key, None)) is not None:
            self.put(key, value)
        return value

    def put(self, key: Key, value: Value) -> None:
        """Remember `value`, unless its key is longer than MAX_KEY_SIZE."""
        if len(key) > MAX_KEY_SIZE:
            return
        if len(self.young) >= MAX_ENTRIES or self._size >= MAX_SIZE:
            self.young, self._old, self._size = {}, self.young, 0
        self.young[key] = value
        self._size += len(key)

    def pop(self, key: Key) -> Value | None:
        """Forget `key` and give what it held."""
        return self.young.pop(key, None) or self._old.pop(key, None)

    def __len__(self) -> int:
        return len(self.young) + len(self._old)
