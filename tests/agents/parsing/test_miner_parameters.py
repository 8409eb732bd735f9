"""The values of a line's variables, taken from the line when someone asks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.parsing.miner import new_miner
from agents.parsing.parameters import parameters


@pytest.mark.parametrize(
    ("template", "line", "values"),
    [
        ("took <NUM> ms", "took 12 ms", [("NUM", "12")]),
        ("node-<NUM> of <*>", "node-7 of them", [("NUM", "7"), ("*", "them")]),
        ("from <IP> port <NUM>", "from 10.0.0.1 port 22", [("IP", "10.0.0.1"), ("NUM", "22")]),
        ("ids <NUM>, <NUM> end", "ids 1, 2 end", [("NUM", "1"), ("NUM", "2")]),
        ("ids <*> end", "ids 1, 2, 3 end", [("*", "1, 2, 3")]),
        ("user <*> left", "user of the house left", [("*", "of the house")]),
        ("a=<NUM>", "a =  5", [("NUM", "5")]),
        ("no variable", "no variable", []),
        ("<*> left", "left", []),
        ("user <*> left", "user anna came", []),
        ("user <*> left", "user anna left early", []),
    ],
)
def test_values_come_with_their_types(
    template: str, line: str, values: list[tuple[str, str]]
) -> None:
    assert parameters(template, line) == values


@given(st.integers(0, 10**9), st.sampled_from(["10.0.0.1", "0xfe", "3.5", "x9y", "true"]))
def test_values_of_a_mined_template_are_those_of_the_line(number: int, value: str) -> None:
    miner = new_miner()
    line = f"job {number} ended ({value}) at last."
    template = miner.template(miner.add(line))
    assert [text for _, text in parameters(template, line)] == [str(number), value]
