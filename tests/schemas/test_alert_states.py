"""The life of an alert: one test per cell of state and event, against a table of its own."""

import itertools

import pytest

from schemas.alert_states import TABLE, AlertEvent, ForbiddenStep, step
from schemas.alerts import AlertState

# One row a state, one column an event, as a person would draw it; "-" is forbidden. The letters
# behind a state say what becomes of the flags: A/a acknowledged set/cleared, S/s suppressed.
DRAWN = """
         fire    clear       lapse       acknowledge unacknowledge suppress unsuppress resolve
pending  firing  resolved    expired     -           -             -        -          resolved
firing   firing  resolved:as expired:as  firing:A    firing:a      firing:S firing:s   resolved:as
resolved firing  resolved    -           -           -             -        -          -
expired  firing  resolved    -           -           -             -        -          -
"""
CELLS = list(itertools.product(AlertState, AlertEvent))
FLAGS = {"A": ("acknowledged", True), "a": ("acknowledged", False)}
FLAGS |= {"S": ("suppressed", True), "s": ("suppressed", False)}


def drawn() -> dict[tuple[str, str], str]:
    header, *rows = (line.split() for line in DRAWN.strip().splitlines())
    return {
        (row[0], event): cell for row in rows for event, cell in zip(header, row[1:], strict=True)
    }


@pytest.mark.parametrize(("state", "event"), CELLS)
def test_each_cell(state: AlertState, event: AlertEvent) -> None:
    wanted = drawn()[state, event]
    if wanted == "-":
        with pytest.raises(ForbiddenStep, match=f"{event} is not for an alert that is {state}: ."):
            step(state, event)
        return
    name, _, letters = wanted.partition(":")
    found = step(state, event)
    flags = dict(FLAGS[letter] for letter in letters)
    assert found.state == AlertState(name)
    assert found.acknowledged is flags.get("acknowledged")
    assert found.suppressed is flags.get("suppressed")


def test_the_table_is_the_whole_product_and_nothing_else() -> None:
    assert set(TABLE) == set(CELLS)
    assert {(str(s), str(e)) for s, e in TABLE} == set(drawn())
