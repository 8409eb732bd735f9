"""When words in one place are values of a variable: the evidence for late merging.

In come the skeleton around a place and the words seen in it; out comes whether the place is a
variable. That a place with many words is one follows Yu et al., "Brain: Log Parsing with
Bidirectional Parallel Tree", IEEE TSC 2023, made incremental.
"""

import re
from collections.abc import Collection
from functools import lru_cache
from typing import Final

from agents.parsing.shapes import Skeleton
from agents.parsing.tokens import VARIABLE

# Distinct words that make a place a variable, and what makes that number larger or smaller.
ENOUGH: Final = 4
AT_FIRST_PLACE: Final = 3
AMONG_FEW_CONSTANTS: Final = 3
FEW: Final = 3
AFTER_ASSIGNMENT: Final = -1
ALL_IDENTIFIERS: Final = -1
LEAST: Final = 3

# Words that tell events apart and so are never taken for values.
_GRAMMAR: Final = """a an the of in on at to for from by with without as into over under is are was
    were be been has have had do does did will would can could may must not no yes and or but if
    then than so it its this that these those here there none any all some more less"""
_DIRECTIONS: Final = "up down off out left right high low old new first last next"
_ACTIONS: Final = """open close start stop begin end enter exit read write get put post delete head
    patch options send receive add remove create destroy enable disable"""
_OUTCOMES: Final = """ok success succeed fail failure error warning warn info debug trace fatal
    critical notice"""
_CLOSED: Final = frozenset(f"{_GRAMMAR} {_DIRECTIONS} {_ACTIONS} {_OUTCOMES}".split())

_LETTER: Final = re.compile(r"[^\W\d_]")
_PARTICIPLE: Final = re.compile(r"[A-Za-z]?[a-z]{2,}(?:ed|ing)")
_IDENTIFIER: Final = re.compile(r"\w[._\-@/$]+\w")


@lru_cache(maxsize=4_096)
def is_word(key: str) -> bool:
    """Whether an element of a skeleton is a word, and not a mark or a slot."""
    return key != VARIABLE and _LETTER.search(key) is not None


@lru_cache(maxsize=4_096)
def can_vary(word: str) -> bool:
    """Whether a word can be a value at all: no closed-class word, participle or name in capitals.

    Participles and capitals name states and actions ("Paused", "RUNNING", "GET"): few, and each
    an event of its own.
    """
    return not (word.isupper() or word.lower() in _CLOSED or _PARTICIPLE.fullmatch(word))


def is_variable(skeleton: Skeleton, place: int, words: Collection[str]) -> bool:
    """Whether the distinct words that can vary are enough to make `place` a variable."""
    candidates = [word for word in words if can_vary(word)]
    enough = ENOUGH
    if place == 0:
        enough += AT_FIRST_PLACE
    if sum(map(is_word, skeleton)) <= FEW:
        enough += AMONG_FEW_CONSTANTS
    if place and skeleton[place - 1] in "=:":
        enough += AFTER_ASSIGNMENT
    if all(map(_IDENTIFIER.search, candidates)):
        enough += ALL_IDENTIFIERS
    return len(candidates) >= max(enough, LEAST)
