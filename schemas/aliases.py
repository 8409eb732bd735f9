"""Aliases: which uids are one pattern.

In come unions of two uids, in any order and as often as they like; out come the root of a uid
(the smallest uid of its set) and edges that rebuild the same sets elsewhere.
"""


class Aliases:
    """Disjoint sets of uids. Unions commute and may repeat; a uid never united is its own root."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}
        self._members: dict[str, list[str]] = {}

    def union(self, a: str, b: str) -> bool:
        """Make the sets of `a` and `b` one; False when they already were."""
        low, high = sorted((self.root(a), self.root(b)))
        if low == high:
            return False
        self._parent[high] = low
        self._members.setdefault(low, [low]).extend(self._members.pop(high, [high]))
        return True

    def root(self, uid: str) -> str:
        """The smallest uid of the set of `uid`."""
        root = uid
        while (parent := self._parent.get(root)) is not None:
            root = parent
        while (parent := self._parent.get(uid, root)) != root:
            self._parent[uid], uid = root, parent
        return root

    def members(self, uid: str) -> list[str]:
        """Every uid of the set of `uid`, itself included, in no particular order."""
        root = self.root(uid)
        return self._members.get(root, [root])

    def edges(self) -> list[tuple[str, str]]:
        """(member, root) of every member that is not a root, sorted: n - 1 edges for a set of n."""
        return sorted((uid, self.root(uid)) for uid in self._parent)
