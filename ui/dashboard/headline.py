"""The worst thing that is happening, or that all is calm: the first thing one sees. Pure."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from ui.components.number import shown

_LATE: Final = 60.0  # seconds from which on the pipeline is behind
_PAGING: Final = ("critical", "high")


class Headline(NamedTuple):
    """`tone` is a severity's word, or "ok"; `words` lead to `href`; `rest` says what else there is.

    `title` is text from outside, `since` a time, each "" where there is none.
    """

    tone: str
    words: str
    href: str
    title: str = ""
    since: str = ""
    rest: str = ""


def headline(seen: Mapping[str, Any]) -> Headline:
    """From an answer of GET /dashboard: an alert that pages and that nobody has taken care of,
    a pipeline that is behind, what fell silent, other alerts, then nothing.
    """
    alerts = [one for one in seen.get("top_alerts") or [] if one["state"] == "firing"]
    late = _late(seen.get("lag"))
    candidates = [
        _alert(alerts[0], seen) if alerts and alerts[0]["severity"] in _PAGING else None,
        late,
        _silent(seen.get("silent")),
        _alert(alerts[0], seen) if alerts else None,
    ]
    return next((one for one in candidates if one), _calm(seen))


def _alert(worst: Mapping[str, Any], seen: Mapping[str, Any]) -> Headline:
    total = int((seen.get("firing") or {}).get("total") or 1)
    place = str(worst["host"] or worst["source"] or "")
    return Headline(
        worst["severity"],
        f"on {place}" if place and place not in str(worst["title"]) else "",
        f"/alerts?sel={worst['id']}",
        title=str(worst["title"]),
        since=str(worst["first_seen"]),
        rest=f"and {total - 1:,} more" if total > 1 else "",
    )


def _late(lag: Mapping[str, Any] | None) -> Headline | None:
    seconds = float((lag or {}).get("seconds") or 0)
    if lag is None or seconds < _LATE:
        return None
    words = f"What you see is {shown(round(seconds), 's')} old: the pipeline is behind"
    return Headline("high", words, "/pipeline", rest=f"at {lag['where']}" if lag["where"] else "")


def _silent(silent: Mapping[str, Any] | None) -> Headline | None:
    if not silent or not (silent["host_count"] or silent["source_count"]):
        return None
    hosts, sources = silent["hosts"], silent["sources"]
    words = f"{silent_words(silent)} fell silent"
    if hosts:
        name, since = hosts[0]["host"], hosts[0]["last_seen"]
    else:
        name, since = (sources[0]["source"], sources[0]["since"]) if sources else ("", "")
    return Headline("warning", words, silent_href(silent), title=str(name), since=str(since or ""))


def silent_href(silent: Mapping[str, Any]) -> str:
    """The page that lists them: hosts where there are some, else sources."""
    only_sources = silent["source_count"] and not silent["host_count"]
    return "/integrations-admin?silent=true" if only_sources else "/fleet?state=silent"


def silent_words(silent: Mapping[str, Any]) -> str:
    """ "2 hosts and 1 source"."""
    counts = (("host", silent["host_count"]), ("source", silent["source_count"]))
    parts = [f"{count:,} {noun}{'s' if count != 1 else ''}" for noun, count in counts if count]
    return " and ".join(parts) or "nothing"


def _calm(seen: Mapping[str, Any]) -> Headline:
    unknown = [name for name in ("firing", "silent", "lag") if seen.get(name) is None]
    if unknown:
        return Headline("low", f"Not known now: {', '.join(unknown)}", "/pipeline")
    taken = sum(one["acknowledged"] for one in seen["firing"]["by_severity"])
    rest = f"{taken:,} acknowledged" if taken else ""
    words = "All is calm: nothing fires, nobody is silent, everything is stored"
    return Headline("ok", words, "/alerts", rest=rest)
