"""The template miner: which pattern a line belongs to, in one pass over a stream.

In come lines, and the patterns and aliases that other miners published; out come uids of patterns,
their templates, and the changes that others have to learn. Pure: no clock, no I/O, no settings.
"""

from collections.abc import Sequence
from itertools import repeat
from typing import Final

from agents.parsing.cache import MAX_KEY_SIZE, Generations, indexed_key, line_keys, word_key
from agents.parsing.catalogue import Catalogue
from agents.parsing.merging import Merging
from agents.parsing.shapes import shape_of
from schemas.patterns import Pattern, PatternAlias

# Bytes of one generation of a cache, of which a miner has four; and of an entry besides its key.
CACHE_SIZE: Final = 2 * 1024 * 1024
ENTRY_SIZE: Final = 150
# Fewer than one generation of a cache holds, so that a batch never outlives what it looked up.
LINES_AT_ONCE: Final = 512


class Miner:
    """One stream's patterns. A uid once given to a shape of line stays, whatever merges later."""

    def __init__(self) -> None:
        self._catalogue = Catalogue()
        self._merging = Merging(self._catalogue)
        self._by_line: Generations[bytes, str] = Generations(CACHE_SIZE, ENTRY_SIZE)
        self._by_words: Generations[bytes, str] = Generations(CACHE_SIZE, ENTRY_SIZE)

    def add(self, line: str) -> str:
        """The uid of the pattern that `line` belongs to now."""
        return self.add_many([line])[0]

    def add_many(self, lines: Sequence[str]) -> list[str]:
        """The uid of each line: the same as `add` of each in order, and far faster."""
        uids: list[str] = []
        for start in range(0, len(lines), LINES_AT_ONCE):
            uids += self._add_some(lines[start : start + LINES_AT_ONCE])
        return uids

    def template(self, uid: str) -> str:
        """The template of the pattern now, after all unions; KeyError for a uid never met."""
        return self._catalogue.template(uid)

    def root(self, uid: str) -> str:
        """The smallest uid among those that are one pattern with `uid`."""
        return self._catalogue.root(uid)

    def learn(self, change: Pattern | PatternAlias) -> None:
        """Adopt what another miner published; again, late or out of order makes no difference."""
        if isinstance(change, PatternAlias):
            self._catalogue.adopt_alias(change)
            return
        shape = self._catalogue.adopt(change)
        if shape is not None:
            self._merging.relate(shape, change.uid)

    def changes(self) -> list[Pattern | PatternAlias]:
        """Patterns born or shown differently and unions made here since the last call."""
        return self._catalogue.changes()

    def _add_some(self, lines: Sequence[str]) -> list[str]:
        keys = line_keys(lines)
        uids = list(map(self._by_line.young.get, keys, repeat("")))
        if "" in uids:
            for place, uid in enumerate(uids):
                if not uid:
                    uids[place] = self._recall(keys[place], lines[place])
        return uids

    def _recall(self, key: bytes, line: str) -> str:
        """The uid of a line whose key is not among the young: from older memory, or mined."""
        if len(key) > MAX_KEY_SIZE:
            return self._mine(line)
        # Lines of one key may differ in an index that the template shows: eth0, ssh2.
        indexed = indexed_key(key, line)
        uid = self._by_line.get(indexed) or self._by_line.get(key)
        if uid is None:
            words = word_key(key, line)
            uid = self._by_words.get(words)
            if uid is None:
                uid = self._mine(line)
                self._by_words.put(words, uid)
            self._by_line.put(indexed if self._catalogue.shows_digits(uid) else key, uid)
        return uid

    def _mine(self, line: str) -> str:
        # Half of a surrogate pair could not be published.
        text = line.encode("utf-8", "backslashreplace").decode("utf-8")
        return self._merging.decide(shape_of(text), text)


def new_miner() -> Miner:
    """A miner in the shipped configuration: the same for every system."""
    return Miner()
