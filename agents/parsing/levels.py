"""The severity of a line: of its header's level, else of the word that its message begins with.

In come what the header calls the level and the message, of one line or of many; what neither says
is UNKNOWN.
"""

import re
from collections.abc import Sequence
from typing import Final

from agents.parsing.formats.patterns import LEVEL, LEVEL_SPELLINGS
from agents.parsing.severities import WORDS, named
from schemas.severities import Severity

# A message that begins with its level, where the header has none: "error: ...", "[WARN] ...".
_SPOKEN: Final = re.compile(rf"[\[<(]?({LEVEL})(?:(?<=[A-Z])(?!\w)|(?=[\])>:]))")
_BEGINNING: Final = 3  # characters; no spelling is shorter
_BEGINNINGS: Final = frozenset(
    (bracket + spelling)[:_BEGINNING]
    for spelling in LEVEL_SPELLINGS
    for bracket in ("", "[", "<", "(")
)


def severity_of(level: str | None, message: str) -> Severity:
    """Of one line."""
    if level:
        return _of_word(level)
    return _spoken(message) if message[:_BEGINNING] in _BEGINNINGS else Severity.UNKNOWN


def severities_of(levels: Sequence[str | None], messages: Sequence[str]) -> list[Severity]:
    """The same of many lines."""
    words = {level: _of_word(level) if level else Severity.UNKNOWN for level in set(levels)}
    found = [words[level] for level in levels]
    if None in words and not _BEGINNINGS.isdisjoint({text[:_BEGINNING] for text in messages}):
        for place, text in enumerate(messages):
            if text[:_BEGINNING] in _BEGINNINGS and not levels[place]:
                found[place] = _spoken(text)
    return found


def _of_word(level: str) -> Severity:
    return WORDS.get(level) or named(level)


def _spoken(message: str) -> Severity:
    found = _SPOKEN.match(message)
    return named(found[1]) if found else Severity.UNKNOWN
