"""What a line's uid and template are, and how patterns merge."""

import os
import subprocess
import sys

import pytest

from agents.parsing.miner import Miner, new_miner

BLANK_UID = "532fc07367ea9547"
GOLDEN = {
    "hello world": "8e7b4f9acb3f99db",
    "Failed password for root from 10.0.0.1 port 22 ssh2": "6ea73e0dd42b705b",
    "PacketResponder 1 for block blk_38865049064139660 terminating": "81a4682c634f6c2d",
    'a=b, c: [d] "e" | <f>': "21bd357d3bc66248",
    "naïve café ☃": "40fe49e7b36a5a9a",
}


def templates(lines: list[str]) -> list[str]:
    miner = new_miner()
    uids = miner.add_many(lines)
    return [miner.template(uid) for uid in uids]


@pytest.mark.parametrize(("line", "uid"), GOLDEN.items())
def test_a_uid_is_forever(line: str, uid: str) -> None:
    assert new_miner().add(line) == uid


def test_uids_do_not_depend_on_hash_seeds() -> None:
    code = (
        "from agents.parsing.miner import new_miner; m = new_miner();"
        "print([m.add(f'user {n} of {v} went') for n in ('anna','ben','carl','dora','eve')"
        " for v in ('north','south')], [c.model_dump_json() for c in m.changes()])"
    )
    seen = {
        subprocess.check_output(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}
        )
        for seed in ("1", "2")
    }
    assert len(seen) == 1


@pytest.mark.parametrize("line", ["", " ", "\t \u2003", "\x0b"])
def test_a_blank_line_has_its_own_fixed_pattern(line: str) -> None:
    miner = new_miner()
    assert miner.add(line) == BLANK_UID
    assert miner.template(BLANK_UID) == "<blank>"


@pytest.mark.parametrize(
    ("line", "template"),
    [
        ("took 12 ms for 10.0.0.7:8080.", "took <NUM> ms for <IP>."),
        ("Accepted key for root from ::ffff", "Accepted key for <*> from ::ffff"),
        ("GET /index.html?a=b HTTP/1.1 gave 200", "GET <PATH> gave <NUM>"),
        ("core.2275 of node-7 at 0xfe12", "core.<NUM> of node-<NUM> at <HEX>"),
        ("eth0: link up, 80%", "eth0: link up, <NUM>"),
        ("saw 5c:50:15:36:bc:03 at 22:32:34.846", "saw <MAC> at <TIME>"),
        ("Fri Dec 10 19:02:14 EST 2004 started", "<DATE> started"),
        ("free 5.2 KB, sent 1190 bytes (1.16 KB)", "free <SIZE>, sent <SIZE>"),
        ("failed to load C:\\Temp\\a.dll now", "failed to load <PATH> now"),
        ("see https://a.b/c?d=e or mail x@y.org", "see <URL> or mail <EMAIL>"),
        ("is false or null", "is <BOOL> or <*>"),
        ("exception enable......0", "exception enable......<NUM>"),
        ("ids 1, 2, 3", "ids <NUM>, <NUM>, <NUM>"),
        ("a  lot\tof   blanks", "a lot of blanks"),
    ],
)
def test_variables_are_typed(line: str, template: str) -> None:
    assert templates([line]) == [template]


def test_lists_of_any_length_are_one_pattern() -> None:
    assert set(templates([f"dropped {', '.join('17' * n)} now" for n in (1, 2, 5)])) == {
        "dropped <*> now"
    }


def test_many_words_in_one_place_become_a_variable() -> None:
    lines = [f"session of {name} ended by the server" for name in ("ann", "bob", "cleo", "dan")]
    miner = new_miner()
    early = miner.add_many(lines)
    assert {miner.template(uid) for uid in early} == {"session of <*> ended by the server"}
    assert len({miner.root(uid) for uid in early}) == 1
    assert miner.add_many(lines) == early, "uids given once stay"
    late = miner.add("session of GUEST ended by the server")
    assert miner.root(late) == miner.root(early[0])


def test_few_words_or_words_of_state_stay_constants() -> None:
    verbs = ["Started", "Paused", "Resumed", "Stopped", "Suspended", "Migrated"]
    lines = [f"the machine was {verb} by its owner" for verb in verbs]
    assert templates(lines) == lines


def test_a_word_joins_where_other_lines_have_a_variable() -> None:
    miner = new_miner()
    first, second = miner.add_many(
        ["connect from 10.0.0.1 port 22 failed", "connect from gateway port 22 failed"]
    )
    assert first == second
    assert miner.template(first) == "connect from <*> port <NUM> failed"


def test_an_index_is_shown_until_it_varies() -> None:
    miner = new_miner()
    uid = miner.add("link of eth0 is up")
    assert miner.template(uid) == "link of eth0 is up"
    assert miner.add_many(["link of eth1 is up"] * 2) == [uid, uid]
    assert miner.template(uid) == "link of <*> is up"


def test_a_uid_never_met_has_no_template() -> None:
    with pytest.raises(KeyError):
        new_miner().template("0" * 16)


def test_uids_are_sixteen_hexadecimal_characters() -> None:
    uid = Miner().add("hello world")
    assert len(uid) == 16
    assert set(uid) <= set("0123456789abcdef")
