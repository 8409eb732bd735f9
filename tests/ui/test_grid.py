"""Cells of grids look as their words do elsewhere: grid.js has the tables of Python."""

import re

import pytest

from ui.components import severity, template
from ui.components.colours import TOKENS

SCRIPT = (TOKENS.parent / "grid.js").read_text()
SHAPES = {word: word for word in severity._SHAPES} | severity._OTHER_WORDS
ENTRY = re.compile(r"""(?:"([^"]+)"|(\w+)): "([^"]*)\"""")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("SHAPES", SHAPES), ("TONES", severity._TONES), ("KINDS", template._KINDS)],
    ids=["shapes", "tones", "kinds"],
)
def test_a_table_of_the_script_is_that_of_python(name: str, expected: dict[str, str]) -> None:
    table = re.search(rf"const {name} = {{(.*?)}};", SCRIPT, re.S)
    assert table
    assert {one[1] or one[2]: one[3] for one in ENTRY.finditer(table[1])} == expected


def test_what_is_muted_is_so_in_both() -> None:
    listed = re.search(r"const MUTED = \[(.*?)\]", SCRIPT)
    assert listed
    assert tuple(re.findall(r'"(\w+)"', listed[1])) == severity._MUTED
