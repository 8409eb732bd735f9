"""Each format reads its own lines, takes no other's, and joins by registry."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agents.parsing.formats import registry
from agents.parsing.formats.registry import Rank, formats, load_extra, log_format, routes
from agents.parsing.lines import LineParser
from schemas.errors import UserError
from schemas.formats import FORMATS
from tests.agents.parsing.specimens import ARRIVAL, SPECIMENS, Specimen


def milliseconds(time: str) -> int:
    if not time:
        return ARRIVAL
    return round(datetime.fromisoformat(time).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize("specimen", SPECIMENS, ids=lambda s: f"{s.format}: {s.line[:40]}")
def test_specimen_is_read(specimen: Specimen) -> None:
    fields = LineParser().parse(specimen.line, ARRIVAL)
    assert fields == (
        milliseconds(specimen.time),
        specimen.origin,
        specimen.host,
        specimen.service,
        specimen.severity,
        specimen.message,
        specimen.format,
    )


def test_every_format_has_a_specimen() -> None:
    without = {f.name for f in formats()} - {s.format for s in SPECIMENS}
    assert without <= {"windows_xml"}  # its message is the line: tested below


def test_windows_event() -> None:
    line = (
        '<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System>'
        '<Provider Name="Disk"/><Level>2</Level><TimeCreated SystemTime="2024-01-01T12:00:00.0Z"/>'
        "<Computer>win1</Computer></System></Event>"
    )
    fields = LineParser().parse(line, ARRIVAL)
    assert (fields.host, fields.service, fields.severity.name) == ("win1", "Disk", "ERROR")
    assert (fields.format, fields.message) == ("windows_xml", line)


@pytest.mark.parametrize("specimen", SPECIMENS, ids=lambda s: f"{s.format}: {s.line[:40]}")
def test_no_two_formats_but_loose_ones_accept_a_line(specimen: Specimen) -> None:
    takers = [f.name for f in formats() if f.rank is not Rank.LOOSE and f.read(specimen.line)]
    assert takers in ([], [specimen.format])


def test_a_format_accepts_no_line_beyond_its_first_characters() -> None:
    strays = [
        (f.name, s.line)
        for f in formats()
        for s in SPECIMENS
        if f.rank is not Rank.LOOSE and f.first and s.line[0] not in f.first and f.read(s.line)
    ]
    assert strays == []


def test_byte_order_mark_of_a_syslog_message_is_dropped() -> None:
    line = "<34>1 2024-01-01T12:00:00Z n1 su - ID47 - \ufeff'su root' failed"
    assert LineParser().parse(line, ARRIVAL).message == "'su root' failed"


@pytest.fixture
def _unchanged_registry() -> Iterator[None]:
    before = dict(registry._formats)
    yield
    registry._formats.clear()
    registry._formats.update(before)
    routes.cache_clear()


@pytest.mark.usefixtures("_unchanged_registry")
def test_extra_module_adds_a_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "acme_format.py").write_text(
        "from agents.parsing.formats.registry import log_format\n"
        "@log_format('acme', first='@')\n"
        "def read(line):\n"
        "    return (None, 'h', None, 'ERROR', line[1:]) if line.startswith('@') else None\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    load_extra(["acme_format"])
    fields = LineParser().parse("@valve stuck", ARRIVAL)
    assert (fields.format, fields.host, fields.message) == ("acme", "h", "valve stuck")
    del sys.modules["acme_format"]


def test_missing_extra_module_is_a_users_error() -> None:
    with pytest.raises(UserError, match="no_such_module"):
        load_extra(["no_such_module"])


@pytest.mark.usefixtures("_unchanged_registry")
def test_second_format_of_a_name_is_refused() -> None:
    with pytest.raises(UserError, match="access"):
        log_format("access")(lambda _line: None)


def test_the_names_that_edges_know_are_those_of_the_registry() -> None:
    own = [f.name for f in formats() if f.read.__module__.startswith("agents.")]
    assert sorted(own) == list(FORMATS)
