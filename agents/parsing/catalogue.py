"""The patterns of one miner: shapes by uid, which uids are one, and what has to be published.

In come shapes with their uids, unions, and what other miners published; out come templates, roots
and the changes since the last time someone asked.
"""

from agents.parsing.evidence import is_word
from agents.parsing.shapes import (
    Shape,
    Skeleton,
    bare_shape,
    rendered,
    shape_of_template,
    widened,
)
from agents.parsing.tokens import MAX_TOKENS
from schemas.aliases import Aliases
from schemas.patterns import Pattern, PatternAlias


class Catalogue:
    """A set of united patterns shows its face: the member with the fewest constant words."""

    def __init__(self) -> None:
        self._uids: dict[Skeleton, str] = {}
        self._shapes: dict[str, Shape] = {}
        self._with_digits: set[str] = set()
        self._aliases = Aliases()
        self._faces: dict[str, str] = {}
        self._born: dict[str, str] = {}
        self._touched: set[str] = set()
        self._edges: list[tuple[str, str]] = []
        self._shared = Aliases()
        self._published: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._shapes)

    def uid(self, skeleton: Skeleton) -> str | None:
        """The uid of the pattern with exactly this skeleton."""
        return self._uids.get(skeleton)

    def root(self, uid: str) -> str:
        """The smallest uid among those that are one pattern with `uid`."""
        return self._aliases.root(uid)

    def template(self, uid: str) -> str:
        """What the pattern shows now; KeyError for a uid that this miner never met."""
        return rendered(self._shapes[self._face(uid)])

    def shows_digits(self, uid: str) -> bool:
        """Whether the pattern, by itself, shows digits of a line."""
        return uid in self._with_digits

    def bear(self, uid: str, shape: Shape, sample: str) -> None:
        """Add a pattern found here."""
        self._store(uid, shape)
        self._born[uid] = sample

    def widen(self, uid: str, shape: Shape) -> bool:
        """Let the pattern show only what it has in common with `shape`; True when that changed it.

        Both have one skeleton.
        """
        wide = widened(self._shapes[uid], shape)
        if wide is self._shapes[uid]:
            return False
        self._set_shape(uid, wide)
        self._touched.add(uid)
        return True

    def unite(self, a: str, b: str) -> None:
        """Make two patterns one; a union found here is published, unless it was learned."""
        if self._join(a, b):
            self._edges.append((a, b))
            self._touched.add(a)

    def adopt_alias(self, alias: PatternAlias) -> None:
        """Unite as another miner did."""
        self._join(alias.uid, alias.other)
        self._shared.union(alias.uid, alias.other)

    def adopt(self, pattern: Pattern) -> Shape | None:
        """Take over a published pattern; its shape if it is new here."""
        skeleton = tuple(pattern.skeleton.split(" "))
        shape = shape_of_template(pattern.template)
        self._published[pattern.uid] = pattern.template
        if pattern.uid not in self._shapes:
            # A united pattern shows a template that is wider than its own skeleton.
            shape = shape if shape.skeleton == skeleton else bare_shape(skeleton)
            self._store(pattern.uid, shape)
            return shape
        if shape.skeleton == skeleton:
            self._set_shape(pattern.uid, widened(self._shapes[pattern.uid], shape))
        return None

    def changes(self) -> list[Pattern | PatternAlias]:
        """What was born, shown differently or united here since the last call.

        A new template is published under the root of its set, once the root is known.
        """
        roots = {self.root(uid) for uid in self._touched}
        unknown = roots - self._shapes.keys()
        due = [*self._born, *sorted(roots - unknown - self._born.keys())]
        changes: list[Pattern | PatternAlias] = []
        changes += [self._publish(uid) for uid in due if self._is_news(uid)]
        changes += [
            PatternAlias(uid=a, other=b) for a, b in self._edges if self._shared.union(a, b)
        ]
        self._born, self._touched, self._edges = {}, unknown, []
        return changes

    def _store(self, uid: str, shape: Shape) -> None:
        self._uids[shape.skeleton] = uid
        self._set_shape(uid, shape)
        if (root := self.root(uid)) != uid or root in self._faces:
            self._faces[root] = min(self._face(root), uid, key=self._generality)

    def _set_shape(self, uid: str, shape: Shape) -> None:
        self._shapes[uid] = shape
        if shape.shows_digits:
            self._with_digits.add(uid)
        else:
            self._with_digits.discard(uid)

    def _is_news(self, uid: str) -> bool:
        return self._published.get(uid) != self.template(uid)

    def _publish(self, uid: str) -> Pattern:
        self._published[uid] = self.template(uid)
        return Pattern(
            uid=uid,
            template=self._published[uid],
            skeleton=" ".join(self._shapes[uid].skeleton),
            sample=self._born.get(uid, ""),
        )

    def _join(self, a: str, b: str) -> bool:
        roots = self.root(a), self.root(b)
        if not self._aliases.union(a, b):
            return False
        faces = [self._faces.pop(root, root) for root in roots]
        self._faces[self.root(a)] = min(faces, key=self._generality)
        return True

    def _face(self, uid: str) -> str:
        root = self.root(uid)
        return self._faces.get(root, root)

    def _generality(self, uid: str) -> tuple[int, str]:
        if uid not in self._shapes:
            return MAX_TOKENS, uid
        return sum(map(is_word, self._shapes[uid].skeleton)), uid
