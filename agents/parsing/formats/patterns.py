"""Pieces of patterns that several formats share; no format of its own."""

from typing import Final

from agents.parsing.severities import LEVEL_NAMES

# A level in the spellings of loggers: INFO, info, Info. Longer names go first.
LEVEL: Final = "(?:{})".format(
    "|".join(
        spelling
        for name in sorted(LEVEL_NAMES, key=len, reverse=True)
        for spelling in (name.upper(), name, name.capitalize())
    )
)

# [..] with at most one more pair inside, as in Zookeeper's thread names.
BRACKETED: Final = r"\[[^\[\]]*+(?:\[[^\[\]]*+\][^\[\]]*+)*+\]"

DIGITS: Final = "0123456789"
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
ANYTHING: Final = "".join(map(chr, range(32, 127)))
