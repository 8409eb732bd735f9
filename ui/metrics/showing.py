"""What was read, as the properties of the page's parts."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from dash import html, no_update

from ui.address import Period, first, with_params
from ui.components.number import duration, shown
from ui.components.states import no_match, notice
from ui.components.text import shown_text
from ui.components.times import ago
from ui.metrics.choice import matching
from ui.metrics.drawing import drawn, key
from ui.metrics.frame import to_last_day
from ui.metrics.reading import Seen
from ui.metrics.strange import strange
from ui.metrics.words import answer

PARTS = (
    *("answer", "state", "hidden", "hosts", "host", "metrics", "metric", "rows", "none"),
    *("offers", "beside", "title", "note", "empty", "figure", "key", "strange", "shown", "find"),
)


def parts(seen: Seen, hosts: Sequence[str], when: Period, search: str) -> dict[str, Any]:
    """Every part of the page by its name."""
    choice, text = seen.choice, first(search, "q")
    rows = matching(seen.rows, text)
    return {
        "answer": answer(seen, when),
        "state": [],
        "hidden": False,
        "hosts": [_option(host) for host in hosts],
        "host": choice.host,
        "metrics": [_option(str(row["opens"])) for row in seen.rows],
        "metric": choice.metric or None,
        "rows": [{**row, "chosen": row["opens"] == choice.metric} for row in rows],
        "none": _none(seen, rows, search),
        "offers": _offers(seen, hosts),
        "beside": _beside(seen),
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
            "named": {"host": choice.host, "metric": choice.metric},
        },
        "find": no_update if text else "",
    }


def kept(**changes: Any) -> dict[str, Any]:
    """Everything as it is, but for these parts."""
    return dict.fromkeys(PARTS, no_update) | changes


def _option(name: str) -> dict[str, str]:
    return {"value": name, "label": shown_text(name, 120)}


def _none(seen: Seen, rows: Sequence[Any], search: str) -> Any:
    if rows:
        return []
    if not seen.rows:
        return html.P("This host measures nothing.", className="metrics-find dim")
    clear = f"/metrics{with_params(search, {'q': None})}"
    return no_match(len(seen.rows), clear_href=clear)


def _offers(seen: Seen, hosts: Sequence[str]) -> list[dict[str, Any]]:
    """What the drawn series can be compared with: `m` and a metric, or `h` and a host."""
    names = [str(row["opens"]) for row in seen.rows if row["opens"] != seen.choice.metric]
    own = [{**_option(name), "value": f"m {name}"} for name in names]
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
