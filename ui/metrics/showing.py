"""What was read, as the properties of the page's parts."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from dash import html, no_update

from ui.address import Period, first, with_params
from ui.components.grid import grid_style
from ui.components.number import duration, shown
from ui.components.states import no_match, notice
from ui.components.text import shown_text
from ui.components.times import ago
from ui.metrics.choice import Choice, matching
from ui.metrics.drawing import drawn, key
from ui.metrics.frame import to_last_day
from ui.metrics.reading import Seen
from ui.metrics.strange import strange
from ui.metrics.words import answer

PARTS = (
    *("answer", "state", "hidden", "hosts", "host", "metrics", "metric", "rows", "size", "none"),
    *("offers", "beside", "title", "note", "empty", "figure", "key", "strange", "shown", "find"),
)


class Written(NamedTuple):
    """What stands in the fields now, and since when hosts are offered; writing the same again would
    only ask the callbacks of the fields.
    """

    host: str | None = None
    metric: str | None = None
    beside: str | None = None
    find: str | None = None
    offered_at: str = ""
    q: str | None = None  # what the address looked for when the page was drawn


def parts(
    seen: Seen, hosts: Sequence[str] | None, when: Period, search: str, written: Written
) -> dict[str, Any]:
    """Every part of the page by its name; `hosts` None: those that are offered stay."""
    choice, text = seen.choice, first(search, "q")
    rows = matching(seen.rows, text)
    return {
        "answer": answer(seen, when),
        "state": [],
        "hidden": False,
        "hosts": no_update if hosts is None else [_option(host) for host in hosts],
        "host": _unless(written.host, choice.host),
        "metrics": no_update if hosts is None else _metrics(seen),
        "metric": _unless(written.metric, choice.metric or None),
        "rows": [{**row, "chosen": row["opens"] == choice.metric} for row in rows],
        "size": grid_style(len(rows), "var(--list)"),
        "none": _none(seen, rows, search),
        "offers": no_update if hosts is None else _offers(seen, hosts),
        "beside": _unless(written.beside, _beside(seen)),
        "title": _title(seen),
        "note": _note(seen),
        "empty": _empty(seen),
        "figure": drawn(seen, when),
        "key": key(seen),
        "strange": strange(seen, when, search),
        "shown": {
            "host": choice.host,
            "metric": choice.metric,
            "at": datetime.now(UTC).isoformat(),
            "offered_at": written.offered_at if hosts is None else datetime.now(UTC).isoformat(),
            "q": text,
            "second": [choice.also, choice.beside],
            "range": range_of(when),
            "named": {"host": choice.host, "metric": choice.metric},
        },
        "find": no_update if text in (written.find or "", written.q) else text,
    }


def range_of(when: Period) -> str:
    """The time range as it was chosen: the last hour is the same one a minute later."""
    return when.name if when.moving else f"{when.start.isoformat()} {when.end.isoformat()}"


def is_of(shown: Mapping[str, Any], choice: Choice, when: Period) -> bool:
    """Whether what is shown is what is asked for; what the address does not name, anything is."""
    return (
        choice.host in ("", shown["host"])
        and choice.metric in ("", shown["metric"])
        and [choice.also, choice.beside] == shown["second"]
        and range_of(when) == shown["range"]
    )


def _unless(now: Any, wanted: Any) -> Any:
    return no_update if now == wanted else wanted


def kept(**changes: Any) -> dict[str, Any]:
    """Everything as it is, but for these parts."""
    return dict.fromkeys(PARTS, no_update) | changes


def _option(name: str) -> dict[str, str]:
    return {"value": name, "label": shown_text(name, 120)}


def _metrics(seen: Seen) -> list[dict[str, str]]:
    names = [str(row["opens"]) for row in seen.rows]
    if seen.choice.metric and seen.choice.metric not in names:
        names.append(seen.choice.metric)
    return [_option(name) for name in names]


def _none(seen: Seen, rows: Sequence[Any], search: str) -> Any:
    if rows:
        return []
    if not seen.rows:
        return html.P("This host measures nothing.", className="metrics-find dim")
    clear = f"/metrics{with_params(search, {'q': None})}"
    return no_match(len(seen.rows), clear_href=clear)


def _offers(seen: Seen, hosts: Sequence[str]) -> list[dict[str, Any]]:
    """What the drawn series can be compared with: `m` and a metric, or `h` and a host."""
    own = [{**one, "value": f"m {one['value']}"} for one in _metrics(seen)]
    other = [{**_option(host), "value": f"h {host}"} for host in hosts if host != seen.choice.host]
    groups = [("Another metric of this host", own), ("The same metric of", other)]
    return [{"group": title, "items": items} for title, items in groups if items]


def _beside(seen: Seen) -> str | None:
    if seen.choice.second is None:
        return None
    host, metric = seen.choice.second
    return f"m {metric}" if host == seen.choice.host else f"h {host}"


def _title(seen: Seen) -> list[Any]:
    host = html.A(
        shown_text(seen.choice.host, 80), href=f"/fleet{with_params('', {'sel': seen.choice.host})}"
    )
    return [host, f" · {shown_text(seen.choice.metric, 120)}"] if seen.choice.metric else [host]


def _note(seen: Seen) -> list[Any]:
    said: list[Any] = []
    row, series = seen.row, seen.series
    if row and row.get("rate"):
        said.append(f"rate of the total {shown_text(row['metric'], 80)}")
    elif row:
        said.append(f"last {shown(row['last'], row['unit'])}, {ago(row['last_at'])}")
    if series and series["step"]:
        said.append(f"{series['aggregate']} of each {duration(float(series['step']))}")
    if seen.choice.second and seen.second is None:
        host, metric = seen.choice.second
        said.append(f"{shown_text(host, 80)} has no {shown_text(metric, 80)} to compare with")
    return [html.Span(", ".join(said) or " ", className="dim small")]


def _empty(seen: Seen) -> Any:
    """Why there is no line, and what helps; nothing where there is one."""
    host, metric = shown_text(seen.choice.host, 80), shown_text(seen.choice.metric, 80)
    if not seen.rows:
        return notice(f"{host} has sent no metric yet: only lines or alerts tell of it.")
    if seen.series is None:
        return notice(f"{host} has no metric {metric}. Choose one of its {len(seen.rows):,}.")
    if seen.series["values"]:
        return []
    last = f" Its last one came {ago(seen.row['last_at'])}." if seen.row else ""
    words = f"No value of {metric} in this time.{last}"
    return html.Div([notice(words), to_last_day()], className="row wrap")
