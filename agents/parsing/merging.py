"""Late merging: a shape joins the pattern it fits or founds one, and founders that turn out to
hold values of one variable become one pattern.

In come shapes; out come uids, while the catalogue is told of births and unions. No similarity
decides, only the words seen in one place of skeletons that are equal elsewhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from agents.parsing.cache import Generations
from agents.parsing.catalogue import Catalogue
from agents.parsing.evidence import can_vary, is_variable, is_word
from agents.parsing.shapes import (
    Shape,
    Skeleton,
    bare_shape,
    shape_with_slot,
    uid_of,
    widened,
    with_slot,
)

# Beyond so many patterns, unknown shapes are told apart by their first word, and then not at all.
MAX_PATTERNS: Final = 20_000
MAX_BY_FIRST_WORD: Final = 1_000

# Words of a line, from its beginning, that may turn out to be values.
MAX_PLACES: Final = 48
# Words kept for one place: more than any threshold asks for.
MAX_WORDS: Final = 16
# Elements of all skeletons of one generation of places; what is kept there takes as much as ten.
MAX_ELEMENTS: Final = 100_000
ELEMENTS_BESIDES: Final = 10
MAX_SAMPLE: Final = 1_024

OTHER: Final = "<other>"


@dataclass(slots=True)
class Place:
    """One place of skeletons equal elsewhere: each word seen there, and a pattern that had it."""

    general: Shape
    uids: dict[str, str] = field(default_factory=dict)


class Merging:
    """A general is a skeleton with one more variable; its place collects words until it opens.

    An open general takes any word from then on. A pattern born with a variable in that place
    takes words that can vary at once, without waiting for more.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._places: Generations[Skeleton, Place] = Generations(MAX_ELEMENTS, ELEMENTS_BESIDES)
        self._open: set[str] = set()

    def decide(self, shape: Shape, sample: str) -> str:
        """The uid of the pattern that the shape belongs to from now on."""
        uid = self._catalogue.uid(shape.skeleton)
        if uid is not None:
            self._show(shape, uid)
            return uid
        for place, word, general in _generals(shape.skeleton):
            uid = self._taker(general, word)
            if uid is not None:
                self._show(shape_with_slot(shape, place), uid)
                self._witness(shape, place, general, uid)
                return uid
        shape = self._affordable(shape)
        uid = uid_of(shape.skeleton)
        if self._catalogue.uid(shape.skeleton) is None:
            self._found(shape, uid, sample[:MAX_SAMPLE])
        return uid

    def relate(self, shape: Shape, uid: str) -> None:
        """Unite a new pattern with those it belongs to, or let it witness for variables."""
        seen = self._places.get(shape.skeleton)
        for word, member in seen.uids.items() if seen else ():
            if can_vary(word):
                self._catalogue.unite(member, uid)
        for place, word, general in _generals(shape.skeleton):
            taker = self._taker(general, word)
            if taker is not None:
                self._catalogue.unite(uid, taker)
            else:
                self._witness(shape, place, general, uid)

    def _show(self, shape: Shape, uid: str) -> None:
        """Let the pattern, and the wider ones it is united with, show one more shape."""
        if not self._catalogue.widen(uid, shape):
            return
        for place, _, general in _generals(shape.skeleton):
            wider = self._catalogue.uid(general)
            if wider is not None and self._catalogue.root(wider) == self._catalogue.root(uid):
                self._show(shape_with_slot(shape, place), wider)

    def _found(self, shape: Shape, uid: str, sample: str) -> None:
        self._catalogue.bear(uid, shape, sample)
        self.relate(shape, uid)

    def _taker(self, general: Skeleton, word: str) -> str | None:
        uid = self._catalogue.uid(general)
        return uid if uid in self._open or can_vary(word) else None

    def _witness(self, shape: Shape, place: int, general: Skeleton, uid: str) -> None:
        """Note the word in `place`; open the general when that makes it a variable."""
        if self._catalogue.uid(general) in self._open:
            return
        wide = shape_with_slot(shape, place)
        seen = self._places.get(general)
        if seen is None:
            seen = Place(wide)
            self._places.put(general, seen)
        else:
            seen.general = widened(seen.general, wide)
        if len(seen.uids) < MAX_WORDS:
            seen.uids.setdefault(shape.skeleton[place], uid)
        if is_variable(shape.skeleton, place, seen.uids):
            self._unlock(seen)

    def _unlock(self, seen: Place) -> None:
        general = seen.general
        self._places.pop(general.skeleton)
        uid = self._catalogue.uid(general.skeleton)
        if uid is None:
            uid = uid_of(general.skeleton)
            self._found(general, uid, "")
        self._open.add(uid)
        for member in seen.uids.values():
            self._catalogue.unite(member, uid)

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
