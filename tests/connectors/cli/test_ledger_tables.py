"""The ledger shows lines and metric points apart, and its JSON keeps both lists."""

from io import StringIO

from rich.console import Console

from connectors.cli.ledger import metrics_table, table
from schemas.ledger import Ledger, MetricLine, SourceLine

LEDGER = Ledger(
    balanced=True,
    sources=[SourceLine(source="app", accepted=5, parsed=5)],
    stages=[],
    faults=[],
    metrics=[
        MetricLine(
            source="web-1", accepted=10, stored=6, deduplicated=1, dead_lettered=2, in_flight=1
        )
    ],
)


def drawn(*tables: object) -> list[list[str]]:
    output = StringIO()
    console = Console(file=output, width=120)
    for each in tables:
        console.print(each)
    return [line.split() for line in output.getvalue().splitlines()]


def test_points_stand_in_a_table_of_their_own() -> None:
    lines = drawn(table(LEDGER), metrics_table(LEDGER))
    assert ["app", "5", "5", "0", "0", "0"] in lines
    assert ["web-1", "10", "6", "1", "2", "1"] in lines


def test_the_json_has_both_lists() -> None:
    found = LEDGER.model_dump()
    assert found["metrics"] == [
        {
            "source": "web-1",
            "accepted": 10,
            "stored": 6,
            "deduplicated": 1,
            "dead_lettered": 2,
            "in_flight": 1,
        }
    ]
    assert {"source", "accepted", "parsed", "deduplicated", "dead_lettered", "in_flight"} <= set(
        found["sources"][0]
    )
    assert LEDGER.in_flight_of(["web-1"]) == 1
