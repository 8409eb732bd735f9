"""Hostile input: it is parsed, or dead-lettered with its reason; nothing stops, nothing is lost."""

import asyncio
import json
import random

from connectors import deadletters
from connectors.ledger import draw_up
from schemas.headers import SCHEMA, Headers
from schemas.logs import MAX_LINE_BYTES, LogBatch, encode_batch
from tests.flows.truth import counted
from tests.stack import RunningStack
from tests.workers import Workers, books, produce, publish, running, settled

_LINES = [
    b"\x1b[31mERROR\x1b[0m colours",
    b"nul \x00 inside",
    b"vertical \x0b tab and \xe2\x80\xa8 separator",
    b"carriage\rreturn",
    b"9" * 1_000_000,
    b'{"a":' * 100_000,
    b'{"message": "n", "value": ' + b"9" * 1_000_000 + b"}",
    b"1969-12-31T23:59:59Z host app: too old",
    b"2100-01-01T00:00:00Z host app: too new",
    b"Nov 23 10:00:00 ho\x00st app\x00[1]: nul in names",
    b"Nov 23 10:00:00 " + "\U0001f4a5".encode() * 250 + b" app: a host of four bytes a letter",
    b'{"message": "\\ud800", "host": "\\udc00"}',
    b"Feb 30 25:61:61 host app[1]: no such time",
    b"a" * MAX_LINE_BYTES,
    b"",
    b" ",
]
_DEAD = [b"bad \xff\xfe utf-8", b"b" * (MAX_LINE_BYTES + 1)]


def _records() -> list[tuple[bytes | None, bytes, Headers]]:
    random_ = random.Random(9)
    whole = encode_batch(LogBatch("cut", [b"one", b"two"]))
    ours: Headers = [(SCHEMA, b"LogBatch/1"), ("source", b"cut"), ("lines", b"2")]
    unknown: Headers = [(SCHEMA, b"LogBatch/99"), ("source", b"future")]
    return [
        (b"cut", whole[: len(whole) // 2], ours),
        (b"future", whole, unknown),
        *((b"noise", random_.randbytes(500), []) for _ in range(20)),
        (b"deep", b"[" * 100_000, []),
        ("\U0001f4a5\x00".encode() * 300, b"a key of four bytes a letter", []),
        (b"forger", whole, [(SCHEMA, b"LogBatch/1"), ("range", b"r\x00" * 1_000)]),
    ]


def test_poison_neither_stops_nor_vanishes(stack: RunningStack) -> None:
    with running(stack) as workers:
        made = [LogBatch("hostile", [line]) for line in (*_LINES, *_DEAD)]
        asyncio.run(publish(workers.settings, made))
        asyncio.run(produce(workers.settings, _records()))
        asyncio.run(publish(workers.settings, [LogBatch("after", [b"still alive"])]))
        ledger = settled(workers, len(made) + 2 + 1 + 20 + 1 + 1 + 2 + 1)
        assert ledger.balanced, ledger.faults
        lines = books(ledger)
        assert lines["hostile"].parsed == len(_LINES)
        assert lines["hostile"].dead_lettered == len(_DEAD)
        assert lines["hostile"].unbelieved_times == 2  # 1969 and 2100
        assert lines["hostile"].guessed_times == 2  # neither year nor zone
        assert lines["cut"].dead_lettered == 2
        assert lines["future"].dead_lettered == 1
        assert lines["after"].parsed == 1
        _replay_changes_the_books_once(workers)


def _replay_changes_the_books_once(workers: Workers) -> None:
    letters = asyncio.run(deadletters.read_all(workers.settings))
    reasons = {letter.reason for letter in letters}
    assert {"undecodable", "oversized", "unknown version"} <= reasons
    before = books(asyncio.run(draw_up(workers.settings)))
    # What fails again changes nothing, and may be tried again.
    broken = next(letter for letter in letters if letter.value == _DEAD[0])
    asyncio.run(deadletters.replay(workers.settings, [broken]))
    settled(workers, 0)
    # Whoever mends the bytes of a letter sends the mended ones under the letter's id.
    mended = broken.model_copy(update={"value": b"good utf-8"})
    for _ in range(2):
        asyncio.run(deadletters.replay(workers.settings, [mended]))
        settled(workers, 0)
    after = books(asyncio.run(draw_up(workers.settings)))
    assert after["hostile"].accepted == before["hostile"].accepted
    assert after["hostile"].parsed == before["hostile"].parsed + 1
    assert after["hostile"].dead_lettered == before["hostile"].dead_lettered - 1
    asyncio.run(deadletters.replay(workers.settings, letters))
    ledger = settled(workers, 0)
    assert ledger.balanced, ledger.faults
    assert len(asyncio.run(deadletters.read_all(workers.settings))) == len(letters)


def test_a_line_that_hangs_its_format_is_found_and_set_aside(stack: RunningStack) -> None:
    lines = [f"line {number} of many".encode() for number in range(16)]
    lines[9] = b"HANG " + json.dumps(list(range(5))).encode()
    with running(
        stack,
        extra_formats=["tests.flows.hanging_format"],
        record_time_limit_seconds=1.0,
    ) as workers:
        asyncio.run(publish(workers.settings, [LogBatch("trap", lines)]))
        asyncio.run(publish(workers.settings, [LogBatch("trap", [b"behind the trap"])]))
        ledger = settled(workers, 17, seconds=200)
        assert ledger.balanced, ledger.faults
        assert books(ledger)["trap"].parsed == 16
        assert books(ledger)["trap"].dead_lettered == 1
        assert counted(workers.settings) == {"trap": 16}
        letters = asyncio.run(deadletters.read_all(workers.settings))
        assert [(letter.reason, letter.value) for letter in letters] == [("crashed", lines[9])]
