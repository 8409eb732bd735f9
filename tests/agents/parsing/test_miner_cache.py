"""The fast path confuses no words and gives the same uids as one line at a time."""

import random
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.parsing.cache import Generations, indexed_key, line_keys, word_key
from agents.parsing.miner import new_miner
from agents.parsing.shapes import shape_of

WORDS = ["block", "of", "dead", "added", "eth0", "ssh2", "md5_init", "a.b", "x..7", "17", "3.5"]
WORDS += ["0xfe", "10.0.0.1:80", "blk_-17", "a1.com", "ms", "KB", "/var/log/a1", "http://h1/a", "="]
WORDS += [
    ":",
    ",",
    "(",
    ")",
    '"',
    "done.",
    "v2.",
    "5..",
    "#8",
    "node-9",
    "22:32:34",
    "é1",
    "?",
    "<3",
]
LINES = st.builds(
    lambda parts: "".join(word + blank for word, blank in parts),
    st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(["", " ", " ", "\t"])), max_size=9),
)
ANY_TEXT = st.text(st.characters(codec=None), max_size=40)


def words_of(line: str) -> bytes:
    return word_key(line_keys([line])[0], line)


def redrawn(line: str, source: random.Random) -> str:
    return re.sub("[0-9]+", lambda _: str(source.randrange(10 ** source.randrange(1, 6))), line)


@pytest.mark.parametrize("word", ["added", "dead", "face", "bad", "fade", "decade", "a", "be", ""])
def test_words_of_hexadecimal_letters_are_not_confused(word: str) -> None:
    miner = new_miner()
    others = [
        "item added today",
        "item dead today",
        "item face today",
        "item 12 today",
        "item today",
    ]
    lines = [line for line in others if line != f"item {word} today"]
    before = miner.add_many(lines * 2)
    assert words_of(f"item {word} today") not in map(words_of, lines)
    assert line_keys([f"item {word} today"])[0] not in line_keys(lines)
    assert miner.add_many(lines * 2) == before


def test_neighbouring_words_keep_their_own_patterns() -> None:
    pairs = [("start", "started"), ("bind", "find"), ("close", "closed"), ("load", "lead")]
    for first, second in pairs:
        miner = new_miner()
        lines = [f"the worker {word} was seen" for word in (first, second)]
        uids = miner.add_many(lines * 2)
        assert [miner.template(uid) for uid in uids] == lines * 2


@given(LINES, st.randoms(use_true_random=False))
def test_lines_of_one_key_have_one_skeleton(line: str, source: random.Random) -> None:
    other = redrawn(line, source)
    if line_keys([line]) == line_keys([other]):
        one, two = shape_of(line), shape_of(other)
        indexed = one.shows_digits or two.shows_digits
        assert one.skeleton == two.skeleton or indexed


@given(LINES, st.randoms(use_true_random=False))
def test_lines_of_one_indexed_key_show_the_same_digits(line: str, source: random.Random) -> None:
    other = re.sub("[0-9]", lambda _: source.choice("12"), line)
    keys = [indexed_key(key, text) for key in line_keys([line]) for text in (line, other)]
    if keys[0] == keys[1]:
        shown = [re.findall("[0-9]+", "".join(shape_of(text).pieces)) for text in (line, other)]
        assert shown[0] == shown[1]


@given(st.lists(LINES, min_size=2, max_size=30))
def test_lines_of_one_word_key_have_one_skeleton(lines: list[str]) -> None:
    skeletons: dict[bytes, tuple[str, ...]] = {}
    for line in lines:
        skeleton = shape_of(line).skeleton
        assert skeletons.setdefault(words_of(line), skeleton) == skeleton


@given(st.lists(st.one_of(LINES, ANY_TEXT), max_size=40))
def test_many_at_once_equals_one_by_one(lines: list[str]) -> None:
    one, many = new_miner(), new_miner()
    assert many.add_many(lines * 2) == [one.add(line) for line in lines * 2]


@given(ANY_TEXT)
def test_any_text_gets_a_uid_and_a_template(line: str) -> None:
    miner = new_miner()
    uid = miner.add(line)
    assert miner.add(line) == uid
    assert miner.template(uid)
    assert [change.model_dump_json() for change in miner.changes()]


@pytest.mark.parametrize("odd", ["\x00", "\x01", "\x02", "\x0b", "\x1c", "\u2028", "\udc80", "\n"])
def test_odd_characters_do_not_shift_a_batch(odd: str) -> None:
    miner = new_miner()
    lines = ["first line", f"x{odd}y", odd, "last line"]
    uids = miner.add_many(lines)
    assert miner.template(uids[0]) == "first line"
    assert miner.template(uids[3]) == "last line"
    assert miner.add_many(lines) == uids


def test_generations_keep_what_is_used_and_forget_the_rest() -> None:
    memory: Generations[str, int] = Generations(max_size=50_000, entry_size=50)
    memory.put("used", 1)
    memory.put("unused", 2)
    letters = string.ascii_lowercase
    for number in range(3_000):
        memory.put(f"{letters[number % 26]}{number}", number)
        assert number % 100 or memory.get("used") == 1
    assert memory.get("unused") is None
    assert len(memory) < 2 * 1_000


def test_a_long_key_is_not_kept() -> None:
    memory: Generations[bytes, int] = Generations(max_size=50_000, entry_size=50)
    memory.put(b"x" * 10_000, 1)
    assert memory.get(b"x" * 10_000) is None
