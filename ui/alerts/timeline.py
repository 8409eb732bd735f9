"""The life of an alert as a timeline: what people did one by one, signals in a row as one. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

_DONE: Final = {
    "create": "raised it",
    "acknowledge": "acknowledged it",
    "unacknowledge": "took the acknowledgement back",
    "resolve": "resolved it",
    "comment": "said",
}


class Entry(NamedTuple):
    """One moment: at `at`, `who` (a person, "" for Foreshock) did `words`, and said `text`.

    `many` is how many versions it stands for, `kind` is a word of AlertChange.
    """

    at: str
    kind: str
    who: str
    words: str
    text: str
    many: int = 1


def timeline(versions: Iterable[Mapping[str, Any]]) -> list[Entry]:
    """Entries from versions, the newest first; signals that changed neither state nor severity
    are one with those that follow them.
    """
    entries: list[Entry] = []
    before: tuple[str, str] | None = None
    for version in reversed(list(versions)):
        change = version.get("change") or {}
        state = str(version.get("shown") or version["state"]), str(version["severity"])
        entry = _entry(version, change, state, before)
        quiet = entry.kind == "signal" and state == before
        if quiet and entries and entries[-1].kind == "signal":
            entries[-1] = entries[-1]._replace(many=entries[-1].many + 1)
        else:
            entries.append(entry)
        before = state
    return entries[::-1]


def _entry(
    version: Mapping[str, Any],
    change: Mapping[str, Any],
    state: tuple[str, str],
    before: tuple[str, str] | None,
) -> Entry:
    kind = str(change.get("kind") or "signal")
    at = str(change.get("at") or version["last_seen"])
    text = str(change.get("text") or "")
    who = str(change.get("by") or "")
    if kind == "assign":
        owner = str(version.get("owner") or "")
        return Entry(
            at, kind, who, f"gave it to {owner}" if owner else "took it off its owner", text
        )
    if kind == "expire":
        return Entry(at, kind, who, "expired: nothing was heard of it for too long", text)
    if kind == "signal":
        return Entry(at, kind, who, _signal(state, before), text)
    return Entry(at, kind, who, _DONE.get(kind, kind), text)


def _signal(state: tuple[str, str], before: tuple[str, str] | None) -> str:
    if before is None:
        return f"{state[0]}, {state[1]}"
    if before[0] != state[0]:
        return f"{before[0]} → {state[0]}"
    return f"{before[1]} → {state[1]}" if before[1] != state[1] else "seen again"
