"""Bounded memory of lines already decided: keys of lines, and a mapping that forgets.

In come lines as text; out come keys under which lines of one pattern meet. What is remembered
under a key is the caller's affair.
"""

import re
from collections.abc import Sequence
from typing import Final, Generic, TypeVar

Key = TypeVar("Key", str, bytes, tuple[str, ...])
Value = TypeVar("Value")

# A longer key is not worth its place.
MAX_KEY_SIZE: Final = 2_048

_BLANK, _END_OF_LINE, _CONTROL, _DIGIT = b"\x01", b"\x02", b"\x03", b" "

# In a key, a word of letters and digits becomes one and the same mark, but for short names with an
# index (eth0, md5_init). Such a word lies within one token of the line, so that lines of one key
# are cut alike; the lookbehinds and the possessive parts keep the search linear.
_INNER: Final = r"[+%#-]|\.(?=\w)"
_START: Final = r"(?<![\w+%#-])(?<!\w\.)"
_END: Final = rf"(?!\w|{_INNER})"
_NAME: Final = r"[A-Za-z]{1,6}"
_TAIL: Final = rf"(?>(?:_[A-Za-z]+)*){_END}"
_NUMBER: Final = rf"(?>(?:0|{_INNER})*){_END}"
_MIXED: Final = re.compile(
    rf"{_START}(?!{_NAME}0{_TAIL}|{_NUMBER})(?>(?:[A-Za-z_]|{_INNER})*)0(?>(?:\w|{_INNER})*)".encode()
)
# Finds the index of any such name, and some more digits, but ten times as fast.
_LAST_DIGIT: Final = re.compile(r"[0-9](?<=[A-Za-z].)(?![A-Za-z0-9])")
_INDEX: Final = re.compile(rf"{_START}{_NAME}(?:([0-9])|[0-9]+){_TAIL}", re.ASCII)


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


def indexed_key(key: bytes, line: str) -> bytes:
    """A key for lines whose template shows the indexes of names, from the key of the line."""
    return b"%b %b" % (key, "".join(_LAST_DIGIT.findall(line)).encode())


def word_key(key: bytes, line: str) -> bytes:
    """A key that is one for all identifiers of letters and digits, from the key of the line.

    Behind it stand the indexes of short names, for a template may show them.
    """
    return b"%b %b" % (_MIXED.sub(b"*0", key), ",".join(_INDEX.findall(line)).encode())


class Generations(Generic[Key, Value]):
    """A bounded mapping that forgets what was not used lately.

    A full young generation becomes the old one and the old one is dropped; what is read from the
    old one moves to the young one. `young` may be read directly, at the cost of a miss.

    A generation is full at `max_size`, where each entry counts the length of its key and
    `entry_size`.
    """

    def __init__(self, max_size: int, entry_size: int) -> None:
        self.young: dict[Key, Value] = {}
        self._old: dict[Key, Value] = {}
        self._size = 0
        self._max_size = max_size
        self._entry_size = entry_size

    def get(self, key: Key) -> Value | None:
        value = self.young.get(key)
        if value is None and (value := self._old.pop(key, None)) is not None:
            self.put(key, value)
        return value

    def put(self, key: Key, value: Value) -> None:
        """Remember `value`, unless its key is longer than MAX_KEY_SIZE."""
        if len(key) > MAX_KEY_SIZE:
            return
        if self._size >= self._max_size:
            self.young, self._old, self._size = {}, self.young, 0
        self.young[key] = value
        self._size += len(key) + self._entry_size

    def pop(self, key: Key) -> Value | None:
        """Forget `key` and give what it held."""
        return self.young.pop(key, None) or self._old.pop(key, None)

    def __len__(self) -> int:
        return len(self.young) + len(self._old)
