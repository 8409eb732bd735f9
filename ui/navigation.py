"""The menu and the keys that lead to its pages, from the registry of pages. Pure.

A page says `register_page(__name__, path="/alerts", name="Alerts", icon="alerts", order=20,
key="a")`; `hidden=True` keeps it out of the menu, `analytics=True` is for UI_ANALYTICS alone,
`also=("/other",)` are paths that lead there as well.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

BOTTOM: Final = 4  # of the menu stand in the bottom bar; "more" is the fifth
# Keys after which no page may be reached: they mean something on every page.
RESERVED: Final = frozenset("?/.t")


class Entry(NamedTuple):
    """One page of the menu; `g` and then `key` lead to it."""

    path: str
    name: str
    icon: str
    order: int
    key: str


def entries(registry: Mapping[str, Mapping[str, Any]], *, analytics: bool = True) -> list[Entry]:
    """The menu, in order."""
    found = [
        Entry(
            str(page["path"]),
            str(page["name"]),
            str(page.get("icon") or "dashboard"),
            int(page.get("order") or 0),
            str(page.get("key") or ""),
        )
        for page in registry.values()
        if not page.get("hidden") and (analytics or not page.get("analytics"))
    ]
    return sorted(found, key=lambda entry: (entry.order, entry.name))


def collisions(menu: Iterable[Entry]) -> list[str]:
    """What two pages claim, and pages without a key."""
    faults: list[str] = []
    seen: dict[tuple[str, str], str] = {}
    for entry in menu:
        if len(entry.key) != 1 or entry.key in RESERVED:
            faults.append(f"{entry.path} needs a key of one letter, not {entry.key!r}")
        for kind, value in (("path", entry.path), ("key", entry.key), ("name", entry.name)):
            other = seen.setdefault((kind, value), entry.path)
            if other != entry.path:
                faults.append(f"{entry.path} and {other} both claim the {kind} {value!r}")
    return faults
