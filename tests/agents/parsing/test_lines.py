"""The parser of a source: defaults, mixed sources, hostile lines, and time in its range."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agents.parsing.formats.registry import formats
from agents.parsing.lines import PLAIN, LineParser, TimeOrigin
from schemas.severities import Severity
from tests.agents.parsing.specimens import ARRIVAL, SPECIMENS

DAY = 86_400_000
MIB = 1024 * 1024
LINES = [s.line for s in SPECIMENS]


def test_names_given_apply_where_the_line_has_none() -> None:
    parser = LineParser(host="h", service="s")
    fields = parser.parse("no header at all", ARRIVAL)
    assert (fields.host, fields.service, fields.format) == ("h", "s", PLAIN)
    assert parser.parse("Jan  1 12:00:00 web1 su: x", ARRIVAL)[2:4] == ("web1", "su")


def test_a_logger_is_a_service_only_where_none_is_given() -> None:
    line = "2024-01-01 12:00:00,000 INFO [main] org.apache.App: x"
    assert LineParser().parse(line, ARRIVAL).service == "org.apache.App"
    assert LineParser(service="hdfs").parse(line, ARRIVAL).service == "hdfs"


def test_hinted_format_is_asked_first() -> None:
    line = "2024-01-01 12:00:00 ERROR x"
    assert LineParser(hint="timestamped").parse(line, ARRIVAL).format == "timestamped"
    assert LineParser(hint="no such format").parse(line, ARRIVAL).format == "leveled"


def test_colours_are_stripped() -> None:
    fields = LineParser().parse("\x1b[2K\x1b[32mJan  1 12:00:00\x1b[0m w su: \x1b[1mx", ARRIVAL)
    assert (fields.host, fields.message) == ("w", "x")


@pytest.mark.parametrize("warm", LINES, ids=lambda line: line[:30])
def test_what_a_line_is_read_as_does_not_depend_on_the_line_before(warm: str) -> None:
    fresh = [LineParser().parse(line, ARRIVAL) for line in LINES]
    after = []
    for line in LINES:
        parser = LineParser()
        parser.parse(warm, ARRIVAL)
        after.append(parser.parse(line, ARRIVAL))
    assert after == fresh


def test_many_lines_are_read_as_one_by_one() -> None:
    single = LineParser()
    assert LineParser().parse_many(LINES, ARRIVAL) == [single.parse(x, ARRIVAL) for x in LINES]


@pytest.mark.parametrize(
    ("message", "severity"),
    [
        ("error: broken pipe", Severity.ERROR),
        ("[Warning] x", Severity.WARNING),
        ("FATAL could not fork", Severity.CRITICAL),
        ("error rate is 7", Severity.UNKNOWN),
        ("alert rule evaluated", Severity.UNKNOWN),
        ("", Severity.UNKNOWN),
    ],
)
def test_level_in_front_of_the_message(message: str, severity: Severity) -> None:
    fields = LineParser().parse(f"Jan  1 12:00:00 w app: {message}", ARRIVAL)
    assert (fields.severity, fields.message) == (severity, message)


@pytest.mark.parametrize(
    ("stamp", "origin"),
    [
        ("2024-06-01T01:00:00.000Z", TimeOrigin.PARSED),
        ("2024-06-01T01:00:00.001Z", TimeOrigin.OUT_OF_RANGE),
        ("2023-04-28T00:00:00.000Z", TimeOrigin.PARSED),
        ("2023-04-27T23:59:59.999Z", TimeOrigin.OUT_OF_RANGE),
        ("2100-01-01T00:00:00Z", TimeOrigin.OUT_OF_RANGE),
        ("1969-07-20T00:00:00Z", TimeOrigin.OUT_OF_RANGE),
    ],
)
def test_times_out_of_range_count_at_arrival(stamp: str, origin: TimeOrigin) -> None:
    fields = LineParser().parse(f"{stamp} INFO x", ARRIVAL)
    assert fields.time_origin is origin
    assert (fields.time_ms == ARRIVAL) is (origin is TimeOrigin.OUT_OF_RANGE)


def test_wrapped_lines_end() -> None:
    line = "x"
    for _ in range(50):
        line = f"web-1  | {line}"
    assert LineParser().parse(line, ARRIVAL).service == "web-1"


pieces = st.one_of(st.sampled_from(LINES), st.text(max_size=40), st.sampled_from("[]{}\"':|- \x1b"))
hostile = st.one_of(
    st.text(),
    st.lists(pieces, max_size=6).map("".join),
    st.sampled_from(LINES).flatmap(
        lambda line: st.integers(0, len(line)).map(lambda cut: line[:cut])
    ),
)


@settings(max_examples=400)
@given(hostile)
@example('{"level":' + "9" * 100_000 + "}")
@example('{"a":' * 50_000)
@example('{"MESSAGE":[999,-1],"__REALTIME_TIMESTAMP":"x","PRIORITY":[]}')
@example('{"log":1,"stream":2,"time":true}')
@example('{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"severityNumber":-7,"body":[]}]}]}]}')
@example('{"host":"' + "h" * 999 + '","msg":"x"}')
@example('{"level":true,"time":{"a":1},"msg":{"x":1e9},"host":[1]}')
@example("\ud800")
def test_any_text_is_read(line: str) -> None:
    fields = LineParser().parse(line, ARRIVAL)
    assert len(fields.message) <= len(line)
    assert ARRIVAL - 400 * DAY <= fields.time_ms <= ARRIVAL + DAY // 24
    assert len(fields.host) <= 255
    assert len(fields.service) <= 255
    assert isinstance(fields.severity, Severity)


LONG = {
    "letters": "a" * MIB,
    "blanks": "2024-01-01 12:00:00" + " " * MIB,
    "brackets": "2024-01-01 12:00:00 INFO " + "[a" * (MIB // 2),
    "closed brackets": "2024-01-01 12:00:00 INFO " + "[a]" * (MIB // 3),
    "dashes": "2024-01-01 12:00:00" + " - a" * (MIB // 4),
    "dots": "2024-01-01 12:00:00 INFO " + "a.b." * (MIB // 4),
    "colons": "a:" * (MIB // 2),
    "words": "Jan  1 12:00:00 h " + "a b " * (MIB // 4),
    "pairs": 'a="b" ' * (MIB // 6),
    "escapes": 'level=x a="' + "\\" * MIB,
    "colours": "\x1b[" * (MIB // 2),
    "structured data": "<1>1 - a b c d [" + 'x y="z" ' * (MIB // 8),
    "request": '1.1.1.1 - - [20/Jul/2009:22:59:26 +0000] "' + '\\"' * (MIB // 2),
    "commas": "2024-01-01 12:00:00 UTC," + '"a",' * (MIB // 4),
    "elements": "<Event " + "<TimeCreated " * (MIB // 13),
    "objects": '{"a":' * (MIB // 5),
    "digits": '{"time":"' + "9" * MIB + '","message":"x"}',
}


@pytest.mark.parametrize("kind", LONG)
@pytest.mark.timeout(60)
def test_long_lines_take_linear_time(kind: str) -> None:
    """Every format is asked for a line of 1 MiB; quadratic time would be minutes."""
    fields = LineParser().parse(LONG[kind], ARRIVAL)
    assert len(fields.message) <= len(LONG[kind])
    for known in formats():
        known.read(LONG[kind])
