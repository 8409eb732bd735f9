"""The live screen: it fits, it says states in words, and hostile text stays text."""

import re
from datetime import UTC, datetime
from io import StringIO

import pytest
from rich.console import Console, ConsoleDimensions

from connectors.cli.screen import screen, status_line
from connectors.instance import PartState
from connectors.live import Phase, Picture
from connectors.patterns import PatternView
from connectors.stores.alerts import Numbers
from connectors.stores.patterns import Counted
from schemas.alerts import AlertSeverity, AlertState
from schemas.ledger import Fault, Ledger, MetricLine, SourceLine
from tests.connectors.alerting import alert

HOSTILE = "\x1b[2J\x1b]0;owned\x07 [bold]not markup[/bold] \u202egnp.exe \r\n"
WHEN = datetime(2024, 1, 2, tzinfo=UTC)
SIZES = [(80, 24), (160, 45), (140, 24), (300, 80), (40, 12)]


def pattern(number: int) -> PatternView:
    return PatternView(
        uid=f"{number:04}", template=f"took <NUM> ms in {HOSTILE} and {number}" * 3,
        count=1_000_000 - number, events=1, first_seen=WHEN, last_seen=WHEN, sources=[HOSTILE],
        services=[], uids=[f"{number:04}"], sample="",
    )  # fmt: skip


def busy() -> Picture:
    picture = Picture(Phase.RUNNING, running_since=0.0)
    picture.parts = [
        PartState(name="kafka", version="4.3.1", port=20_001, ready=True, reason=""),
        PartState(name="persist-1", version="1", port=20_002, reason=HOSTILE, restarts=3),
    ]
    names = [f"{number}{HOSTILE}" for number in range(60)]
    counted = [Counted("u", "", "", 7, 7, 0, 0, name, "t", 0, 1, 0, 0) for name in names]
    for second in (0.0, 1.0):
        picture.take_patterns([pattern(number) for number in range(200)], counted, second)
    line = SourceLine(source=HOSTILE, accepted=1_234_567_890, parsed=1_234_567_890)
    fault = Fault(kind="lost", detail=HOSTILE * 9, source=HOSTILE)
    points = (MetricLine(source="m", accepted=n) for n in (0, 120))
    for second, some in zip((0.0, 10.0), points, strict=True):
        picture.take_ledger(
            Ledger(balanced=False, sources=[line], stages=[], faults=[fault], metrics=[some]),
            second,
        )
    worst = [
        alert(1, severity=AlertSeverity.CRITICAL, title=f"disk full {HOSTILE}"),
        alert(2, severity=AlertSeverity.WARNING, title="slow", demo=True),
        *(alert(n, state=AlertState.RESOLVED, title=f"over {n}") for n in range(3, 40)),
    ]
    picture.take_alerts(worst, Numbers(102, 1))
    return picture


def drawn(picture: Picture, width: int, height: int, terminal: bool = False) -> str:
    out = StringIO()
    console = Console(
        file=out, width=width, height=height, force_terminal=terminal, legacy_windows=False
    )
    console.print(screen(picture, ConsoleDimensions(width, height), "/data", 75.0), end="")
    return out.getvalue()


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("picture", [Picture(), busy()], ids=["empty", "busy"])
def test_it_fits_every_terminal(picture: Picture, width: int, height: int) -> None:
    lines = drawn(picture, width, height).splitlines()
    assert len(lines) == height
    assert max(map(len, lines)) <= width


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_hostile_text_cannot_control_the_terminal(width: int, height: int) -> None:
    text = drawn(busy(), width, height)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\\x1b[2J" in text
    assert "\x1b[2J" not in drawn(busy(), width, height, terminal=True)


@pytest.mark.parametrize(("width", "height"), [(80, 24), (160, 45)])
def test_states_are_words(width: int, height: int) -> None:
    text = drawn(busy(), width, height)
    assert "Foreshock running 00:01:15" in text
    assert "✗ persist-1" in text or "✗ \\x1b[2J" in text
    assert "✗ NOT balanced: lost" in text
    assert "1,234,567,890" in text
    assert re.search(r"and \d+ more", text), "sixty sources do not fit"
    assert "Alerts: 102 open" in text
    assert re.search(r"critical\s+firing\s+03:04:05  disk full \\x1b\[2J", text)
    assert "12.0 metric points/s" in text


def test_an_empty_picture_says_what_is_missing() -> None:
    text = drawn(Picture(), 80, 24)
    for words in (
        "starting",
        "no line has arrived yet",
        "not drawn up yet",
        "none yet",
        "none: nothing is",
    ):
        assert words in text


def test_a_fault_takes_the_place_of_the_footer() -> None:
    picture = busy()
    assert "Ctrl-C stops everything; the data stays in /data" in drawn(picture, 80, 24)
    picture.fault = "postgres is unavailable: gone"
    assert "figures are older: postgres is unavailable" in drawn(picture, 80, 24)


def test_the_status_line_is_one_line_without_escapes() -> None:
    picture = busy()
    picture.fault = HOSTILE
    line = status_line(picture)
    assert line.isprintable()
    assert line.startswith("running, 1 of 2 parts ready; persist-1 ")
    assert "60 sources; 420 lines (0/s); 200 patterns; 102 open alerts, critical: disk full" in line
    assert "; NOT balanced" in line


def test_while_starting_the_status_line_names_what_is_waited_for() -> None:
    picture = Picture(parts=[PartState(name="kafka", version="", port=1)])
    assert status_line(picture) == ("starting, 0 of 1 parts ready; not yet or no longer: kafka")


def test_the_footer_says_how_to_log_in() -> None:
    size = ConsoleDimensions(140, 40)
    out = StringIO()
    console = Console(file=out, width=size.width, height=size.height)
    console.print(screen(busy(), size, "/data", 75.0, "log in as admin"), end="")
    assert "Ctrl-C stops everything; log in as admin; the data stays in /data" in out.getvalue()
