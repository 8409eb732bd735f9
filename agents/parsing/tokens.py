"""Cut a line into tokens: constants as they stand, variables as typed placeholders.

In comes one line, or one template; out comes a list of Token. What counts as a variable follows
the label conventions of Khan et al., "Guidelines for assessing the accuracy of log message
template identification techniques", ICSE 2022: digits, booleans, null and privileged users,
paths, and whatever word is glued to one of these.
"""

import re
from typing import Final, NamedTuple

from agents.parsing.masks import LINE, TEMPLATE

# A line is judged by its beginning; what is beyond is a variable.
MAX_CHARS: Final = 2_048
MAX_TOKENS: Final = 192

VARIABLE: Final = "<*>"

_BOOLEANS: Final = frozenset({"true", "false"})
_VALUES: Final = frozenset({"null", "nil", "root", "admin"})
_SIZES: Final = frozenset({"B", "byte", "bytes", "KB", "MB", "GB", "TB"})
_TIMES: Final = frozenset({"ns", "us", "ms", "msec", "s", "sec", "secs", "seconds", "minutes"})
_UNITS: Final = _SIZES | _TIMES
_MARKS: Final = frozenset({"mark", "stops"})

_DIGIT: Final = re.compile(r"[0-9]")
_NUMBER: Final = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?%?")
_HEX: Final = re.compile(r"0[xX][0-9A-Fa-f]+")
# A short name with an index (eth0, ssh2), also as the head of a longer one (md5_init).
_INDEXED: Final = re.compile(r"([A-Za-z]{1,6})[0-9]((?:_[A-Za-z]+)*)")
_HEX_LETTERS: Final = re.compile(r"[a-f]{8,}|[A-F]{8,}")
_PREFIXED: Final = re.compile(r"([A-Za-z]*[-.#@/])[0-9]+")
_RELATIVE_PATH: Final = re.compile(r"[\w.\-]+/[\w.\-/]*\.[A-Za-z]{1,5}")


class Token(NamedTuple):
    """`key` tells shapes apart, `shown` stands in the template; `start` and `end` are its place."""

    key: str
    shown: str
    start: int
    end: int


def tokens(text: str, scanner: re.Pattern[str] = LINE) -> list[Token]:
    """The tokens of the first MAX_CHARS characters, at most MAX_TOKENS and one for the rest."""
    found: list[Token] = []
    for match in scanner.finditer(text, 0, MAX_CHARS):
        kind, (start, end) = match.lastgroup, match.span()
        if kind == "blank":
            continue
        if len(found) == MAX_TOKENS:
            return [*found, Token(VARIABLE, VARIABLE, start, len(text))]
        word = match.group()
        if kind == "word":
            if word in _UNITS and found and found[-1].key == VARIABLE:
                number = found.pop()
                shown = f"{number.shown} {word}"
                found.append(Token(VARIABLE, shown, number.start, end))
            else:
                found.append(Token(*_key_and_shown(word), start, end))
        elif kind in _MARKS:
            found.append(Token(word, word, start, end))
        else:
            shown = word if kind == "slot" else f"<{kind}>"
            found.append(Token(VARIABLE, shown, start, end))
    if len(text) > MAX_CHARS:
        found.append(Token(VARIABLE, VARIABLE, MAX_CHARS, len(text)))
    return found


def template_tokens(template: str) -> list[Token]:
    """The tokens of a template: each of its placeholders is a variable."""
    return tokens(template, TEMPLATE)


def _key_and_shown(word: str) -> tuple[str, str]:
    if not _DIGIT.search(word):
        low = word.lower()
        if low in _BOOLEANS:
            return VARIABLE, "<BOOL>"
        if low in _VALUES or ("/" in word and _RELATIVE_PATH.fullmatch(word)):
            return VARIABLE, VARIABLE
        if _HEX_LETTERS.fullmatch(word):
            return VARIABLE, "<HEX>"
        return word, word
    if _NUMBER.fullmatch(word):
        return VARIABLE, "<NUM>"
    if indexed := _INDEXED.fullmatch(word):
        return f"{indexed[1]}0{indexed[2]}", word
    if _HEX.fullmatch(word):
        return VARIABLE, "<HEX>"
    if prefixed := _PREFIXED.fullmatch(word):
        return VARIABLE, f"{prefixed[1]}<NUM>"
    return VARIABLE, VARIABLE
