"""Which lines belong together, and which must not."""

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.parsing.traces import MAX_EVENT_LINES, join
from schemas.traces import is_continuation
from tests.agents.parsing.specimens import SPECIMENS

HEADER = "2024-01-01 12:00:00,123 ERROR [main] a.B: it broke"

JAVA = f"""\
{HEADER}
java.lang.IllegalStateException: no pool
\tat com.example.Pool.get(Pool.java:42)
\tat com.example.Main.main(Main.java:7)
Caused by: java.io.IOException: refused
\tat java.base/java.net.Socket.connect(Socket.java:1)
\t... 12 more"""

PYTHON = f"""\
{HEADER}
Traceback (most recent call last):
  File "/srv/app.py", line 3, in run
    connect()
OSError: refused

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/srv/app.py", line 5, in run
    retry()
app.errors.Unavailable: no pool"""

GO = """\
panic: runtime error: index out of range [5] with length 3

goroutine 1 [running]:
main.pick(0x5)
\t/srv/main.go:12 +0x1d
main.main()
\t/srv/main.go:7 +0x25
created by main.start in goroutine 7
\t/srv/main.go:3 +0x25"""

DOTNET = f"""\
{HEADER}
System.InvalidOperationException: no pool
   at Shop.Pool.Get(Int32 id) in /srv/Pool.cs:line 42
   --- End of inner exception stack trace ---
   at Shop.Main.Run()"""

NODE = """\
TypeError: cannot read properties of undefined
    at Shop.get (/srv/shop.js:4:9)
    at node:internal/main:7:1"""

LARAVEL = """\
[2024-01-01 12:00:00] local.ERROR: no pool {"exception":"[object] (Error: no pool
[stacktrace]
#0 /srv/Pool.php(42): Pool->get()
#1 {main}
"}"""

INDENTED = f"""\
{HEADER}
  select *
    from pools"""


@pytest.mark.parametrize("trace", [JAVA, PYTHON, GO, DOTNET, NODE, LARAVEL, INDENTED])
def test_trace_is_one_event_between_others(trace: str) -> None:
    lines = trace.split("\n")
    assert join(lines) == [(0, len(lines))]
    following = "2024-01-01 12:00:01,000 INFO [main] a.B: next"
    assert join([HEADER, *lines[:], following])[-1] == (len(lines) + 1, 1)


@pytest.mark.parametrize(
    "text",
    [
        "plain\n  indented\n  indented too",
        "one\n\ntwo",
        '{"a":1}\n  {"b":2}',
        f"{HEADER}\n\n{HEADER}",
        f"{HEADER}\n{HEADER}",
        f"{HEADER}\nplain text",
        "Traceroute to 10.0.0.7\ncreates a file\ngoes on",
    ],
)
def test_lines_that_stay_alone(text: str) -> None:
    lines = text.split("\n")
    assert join(lines) == [(index, 1) for index in range(len(lines))]


def test_the_line_after_a_traceback_is_an_event() -> None:
    lines = [*PYTHON.split("\n"), "Done: all well"]
    assert join(lines) == [(0, len(lines) - 1), (len(lines) - 1, 1)]


def test_an_event_is_capped() -> None:
    lines = [HEADER, *["\tat a.B.c(B.java:1)"] * (2 * MAX_EVENT_LINES)]
    assert [count for _, count in join(lines)] == [1000, 1000, 1]


@pytest.mark.parametrize("line", [s.line for s in SPECIMENS], ids=lambda line: line[:30])
def test_a_line_with_a_header_is_never_swallowed(line: str) -> None:
    trace = JAVA.split("\n")
    assert join([*trace, line, *trace])[1][0] == len(trace)


def test_continuations_are_known_as_text_and_as_bytes() -> None:
    for line in textwrap.dedent(JAVA).split("\n")[2:]:
        assert is_continuation(line)
        assert is_continuation(line.encode())
    for line in (HEADER, "plain", "", "  "):
        assert not is_continuation(line)
        assert not is_continuation(line.encode())


trace_lines = st.sampled_from("\n".join([JAVA, PYTHON, GO, LARAVEL, "", "  ", "x"]).split("\n"))


@given(st.lists(st.one_of(trace_lines, st.text(max_size=20))))
def test_every_line_is_in_one_event(lines: list[str]) -> None:
    following = 0
    for start, count in join(lines):
        assert start == following
        assert 1 <= count <= MAX_EVENT_LINES
        following = start + count
    assert following == len(lines)
