"""Late merging: a shape joins the pattern it fits, or founds one; founders that turn out to be
values of one variable become one pattern.

In come shapes; out come uids, while the catalogue is told of births and unions. The decision
needs no similarity threshold: it takes the words seen in one place of an else equal skeleton.
"""

from collections.abc import Iterator
from typing import Final

from agents.parsing.cache import Generations
from agents.parsing.catalogue import Catalogue
from agents.parsing.evidence import can_vary, is_variable, is_word
from agents.parsing.shapes import Shape, Skeleton, bare_shape, shape_with_slot, uid_of, with_slot

# Beyond so many patterns, unknown shapes are told apart by their first word, and then not at all.
MAX_PATTERNS: Final = 20_000
MAX_BY_FIRST_WORD: Final = 1_000

# Words of a line, from its beginning, that may turn out to be values.
MAX_PLACES: Final = 48
# Words kept for one place: more than any threshold asks for.
MAX_WORDS: Final = 16
MAX_SAMPLE: Final = 1_024

OTHER: Final = "<other>"


class Merging:
    """Skeletons with one more variable ("generals") collect the words seen in their place.

    A general becomes a pattern when enough words are seen; from then on it is open and takes any
    word. A pattern born with a variable in that place takes words that can vary at once.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._words: Generations[Skeleton, dict[str, str]] = Generations()
        self._open: set[str] = set()

    def decide(self, shape: Shape, sample: str) -> str:
        """The uid of the pattern that the shape belongs to from now on."""
        catalogue = self._catalogue
        uid = catalogue.uid(shape.skeleton)
        if uid is not None:
            catalogue.widen(uid, shape)
            return uid
        for place, word, general in _generals(shape.skeleton):
            uid = self._taker(general, word)
            if uid is not None:
                catalogue.widen(uid, shape_with_slot(shape, place))
                self._witness(shape, place, general, uid)
                return uid
        shape = self._affordable(shape)
        uid = uid_of(shape.skeleton)
        if catalogue.uid(shape.skeleton) is None:
            self._found(shape, uid, sample[:MAX_SAMPLE])
        return uid

    def relate(self, shape: Shape, uid: str) -> None:
        """Unite a new pattern with those it belongs to, or let it witness for variables."""
        for word, member in (self._words.get(shape.skeleton) or {}).items():
            if can_vary(word):
                self._catalogue.unite(member, uid)
        for place, word, general in _generals(shape.skeleton):
            taker = self._taker(general, word)
            if taker is not None:
                self._catalogue.unite(uid, taker)
            else:
                self._witness(shape, place, general, uid)

    def _found(self, shape: Shape, uid: str, sample: str) -> None:
        self._catalogue.bear(uid, shape, sample)
        self.relate(shape, uid)

    def _taker(self, general: Skeleton, word: str) -> str | None:
        uid = self._catalogue.uid(general)
        return uid if uid in self._open or can_vary(word) else None

    def _witness(self, shape: Shape, place: int, general: Skeleton, uid: str) -> None:
        """Note the word in `place`; open the general when that makes it a variable."""
        pattern = self._catalogue.uid(general)
        if pattern in self._open:
            return
        words = self._words.get(general)
        if words is None:
            words = {}
            self._words.put(general, words)
        word = shape.skeleton[place]
        if word in words or len(words) >= MAX_WORDS:
            return
        words[word] = uid
        if is_variable(shape.skeleton, place, words):
            self._words.pop(general)
            if pattern is None:
                pattern = uid_of(general)
                self._found(shape_with_slot(shape, place), pattern, "")
            self._open.add(pattern)
            for member in words.values():
                self._catalogue.unite(member, pattern)

    def _affordable(self, shape: Shape) -> Shape:
        spent = len(self._catalogue) - MAX_PATTERNS
        if spent < 0:
            return shape
        if spent < MAX_BY_FIRST_WORD:
            return bare_shape((shape.skeleton[0], OTHER))
        return bare_shape((OTHER,))


def _generals(skeleton: Skeleton) -> Iterator[tuple[int, str, Skeleton]]:
    """Each word that stands among others, its place, and the skeleton with a variable there."""
    if len(skeleton) > 1:
        for place, word in enumerate(skeleton[:MAX_PLACES]):
            if is_word(word):
                yield place, word, with_slot(skeleton, place)
