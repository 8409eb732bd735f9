"""What the page of log lines asks the API for, out of its address."""

from typing import Any, Final

from schemas.filters import Condition, Filter
from schemas.log_lines import GRAMMAR
from schemas.pattern_lists import LEVELS
from ui.address import first, period, with_params
from ui.filtering import address_of, api_params, asked
from ui.visit import api

PATH: Final = "/logs"
OWN: Final = frozenset({"wrap", "tail", "lines", "around"})
LINES: Final = 100
MOST_LINES: Final = 1000
AROUND: Final = 50
MOST_AROUND: Final = 500
LEAST: Final = "level", ">="
FIELDS: Final = ("host", "service", "source")


def filter_in(search: str | None) -> Filter:
    """The filter of the address. Raises InvalidEvent."""
    return asked(search, GRAMMAR, OWN)


def tails(search: str | None) -> bool:
    """Whether lines are shown as they come."""
    return first(search, "tail") == "1"


def wraps(search: str | None) -> bool:
    """Whether long lines are broken instead of cut."""
    return first(search, "wrap") == "1"


def count_in(search: str | None, name: str, usual: int, most: int) -> int:
    """A number of the address between 1 and `most`."""
    text = first(search, name)
    return max(1, min(most, int(text))) if text.isascii() and text.isdigit() else usual


async def page(search: str | None, cursor: str | None = None) -> Any:
    """Lines of the window, the newest first. Raises InvalidEvent, Unavailable, ApiProblem."""
    limit = LINES if cursor else count_in(search, "lines", LINES, MOST_LINES)
    when = period(search).params()
    wanted = api_params(filter_in(search))
    return await api().get("/logs", limit=limit, cursor=cursor, **wanted, **when)


async def newest(search: str | None, after: str | None = None) -> Any:
    """What the topic has got last, or since `after`. Raises as `page` does."""
    limit = MOST_LINES if after else LINES
    return await api().get("/logs/tail", limit=limit, after=after, **api_params(filter_in(search)))


def least_level(wanted: Filter) -> str | None:
    """The word of `level>=`."""
    return next((c.values[0] for c in wanted.conditions if c[:2] == LEAST), None)


def changed(search: str | None, q: str, chosen: dict[str, list[str]], level: str | None) -> str:
    """The address with what the controls say; conditions that they do not know stay."""
    wanted = filter_in(search)
    known = {LEAST, *((name, "=") for name in FIELDS)}
    kept = [one for one in wanted.conditions if one[:2] not in known]
    said = [Condition(name, "=", tuple(chosen.get(name, ()))) for name in FIELDS]
    said.append(Condition(*LEAST, (level,) if level in LEVELS else ()))
    conditions = (*kept, *(one for one in said if one.values))
    made = address_of(search, Filter(conditions, q.strip()))
    return with_params(made, {name: first(search, name) for name in ("wrap", "tail")})


def same_lines(search: str | None) -> str:
    """The address without what does not change which lines are shown."""
    return with_params(search, {"sel": None, "wrap": None, "around": None})


def is_narrowed(search: str | None) -> bool:
    """Whether anything but the time range is chosen."""
    wanted = filter_in(search)
    return bool(wanted.conditions or wanted.q)


def exact_link(search: str | None, start: str, end: str, lines: int) -> str:
    """An address that opens the same lines again, also tomorrow."""
    fixed = {"range": None, "tail": None, "from": start, "to": end}
    shown = {"lines": str(min(lines, MOST_LINES)) if lines > LINES else None}
    return f"/logs{with_params(search, {**fixed, **shown})}"


def place_of(line: dict[str, Any]) -> str:
    """Where a line stands in the topic, as the address has it."""
    return f"{line['topic']}:{line['partition']}:{line['offset']}:{line['line']}"


def place_in(search: str | None) -> dict[str, str | int] | None:
    """The place that the address selects; None for none, or one that is none."""
    topic, _, rest = first(search, "sel").partition(":")
    numbers = rest.split(":")
    if not topic or len(numbers) != 3 or not all(n.isascii() and n.isdigit() for n in numbers):
        return None
    partition, offset, line = map(int, numbers)
    return {"topic": topic, "partition": partition, "offset": offset, "line": line}
