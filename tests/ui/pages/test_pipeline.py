"""/pipeline: what is drawn of it, what is sent, what refusals and hostile texts look like."""

from typing import Any

import dash
import pytest
from dash import no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from schemas.dead_letters import GRAMMAR
from schemas.filters import Filter, parse
from tests.ui.acting import DOWN, Turns, acting, triggered
from tests.ui.pipeline_answers import (
    AT,
    HOSTILE,
    ledger,
    letter,
    letters,
    pipeline_answers,
    stages,
)
from ui.components.text import shown_text
from ui.pipeline import books, deeds, flow
from ui.pipeline import letters as letters_drawn
from ui.pipeline.places import Pipe, Place, edge, path_of, pipes_of, places_of, rows_of
from ui.problems import ApiProblem

DEEDS = ("purge", "replay")
ME = {"id": "u1", "username": "ada", "name": "Ada", "role": "admin", "preferences": {}}
EMPTY_LEDGER = {**ledger(), "sources": [], "metrics": []}


@pytest.fixture(autouse=True)
def page(app: dash.Dash) -> dash.Dash:
    """Pages can be imported once there is an application."""
    return app


def answers(**other: Any) -> dict[str, Any]:
    """By path as callbacks ask: `/sources`, `POST /keys`."""
    found = {**pipeline_answers(), **other}
    return {
        name.replace(" ", " /") if " " in name else f"/{name}": one for name, one in found.items()
    }


def texts(tree: Any) -> str:
    """All that can be read in it."""
    if isinstance(tree, list | tuple):
        return " ".join(map(texts, tree))
    if isinstance(tree, Component):
        return texts(getattr(tree, "children", None))
    return "" if tree is None else str(tree)


def links(tree: Any) -> list[str]:
    """Where everything in it leads."""
    if isinstance(tree, list | tuple):
        return [href for one in tree for href in links(one)]
    if not isinstance(tree, Component):
        return []
    own = getattr(tree, "href", None)
    return [*([own] if own else []), *links(getattr(tree, "children", None))]


async def test_the_worst_is_said_first_and_every_stage_is_drawn() -> None:
    from ui.pages.pipeline import show_flow

    with acting(answers()):
        answer, told, drawn, good, _ = await show_flow("", None, None, None, "live")
    assert texts(answer).startswith("Respond is stopped; persist is 42 s behind")
    assert told == ""
    assert good
    said = texts(drawn)
    for word in ("parse", "chronicle", "log.entries", "stopped", "behind", "12 wait, 42 s"):
        assert word in said
    assert "3  sources" in said
    assert "2  dead letters" in said


async def test_a_drawing_stays_when_the_api_falls_silent() -> None:
    from ui.pages.pipeline import show_flow

    with acting(dict.fromkeys(answers(), DOWN)):
        first = await show_flow("", None, None, None, "live")
        later = await show_flow("", 3, None, AT, "live")
    assert "could not be loaded" in texts(first[1])
    assert first[2] == ""
    assert later[2] is no_update
    assert "What you see is from" in texts(later[1])


async def test_what_is_not_needed_for_the_drawing_may_be_missing() -> None:
    from ui.pages.pipeline import show_flow

    with acting({"/pipeline/stages": answers()["/pipeline/stages"]}):
        answer, told, drawn, *_ = await show_flow("", None, None, None, "live")
    assert told == ""
    assert "parse" in texts(drawn)
    assert "Respond is stopped" in texts(answer)


@pytest.mark.parametrize(
    ("tab", "path", "empty", "word"),
    [
        ("ledger", "/pipeline/ledger", EMPTY_LEDGER, "Nothing was accepted yet"),
        ("letters", "/dead-letters", letters(), "No dead letters"),
    ],
)
async def test_each_part_is_drawn_with_data_without_and_when_the_api_is_down(
    tab: str, path: str, empty: Any, word: str
) -> None:
    from ui.pages.pipeline import show_body

    for phone in (False, True):
        with acting(answers(), phone=phone):
            body, chosen, shown = await show_body(f"?tab={tab}", None, None)
            with pytest.raises(PreventUpdate):
                await show_body(f"?tab={tab}&sel=0-41", None, shown)
        assert "could not" not in texts(body)
        assert chosen == []
    with acting({path: empty}):
        body, _, _ = await show_body(f"?tab={tab}", None, None)
    assert word in texts(body)
    for error in (DOWN, ApiProblem(403, "forbidden", "not for you", "7f3a")):
        with acting({path: error}):
            body, _, shown = await show_body(f"?tab={tab}", None, None)
        assert "could not be loaded" in texts(body)
        assert shown is None


async def test_a_filter_that_lets_nothing_through_says_so() -> None:
    from ui.pages.pipeline import show_body

    with acting(answers(**{"dead-letters": letters(total=7)})) as client:
        body, _, _ = await show_body("?tab=letters&reason=oversized&q=x", None, None)
    assert "0 of 7 match" in texts(body)
    assert client.asked[0][1]["reason"] == "oversized"
    with acting(answers()):
        body, _, _ = await show_body("?tab=ledger&q=nothing-like-it", None, None)
    assert "0 of 3 match" in texts(body)


async def test_topics_say_what_they_hold() -> None:
    from ui.pages.pipeline import show_body

    with acting(answers()):
        body, _, _ = await show_body("?tab=topics", None, None)
    said = texts(body)
    assert "7 MiB" in said.replace("  ", " ")
    assert "not made yet" in said


def test_books_that_do_not_add_up_come_first_and_are_named() -> None:
    found = ledger(balanced=False)
    rows = books.rows_of(found)
    assert (rows[0]["source"], rows[0]["state"]) == ("shop", "failing")
    assert [row["state"] for row in rows[1:]] == ["ok", "ok"]
    said = texts(books.sums(found))
    assert "1 line is missing" in said
    assert "does not add up" in said
    assert "adds up" in texts(books.sums(ledger()))
    words = flow.answer([stages()[0]], found)
    assert texts(words) == "The books do not balance, 1 fault"
    assert "severity-critical" in str(words)
    assert texts(flow.answer([stages()[0]], ledger())).startswith("Everything flows")


@pytest.mark.parametrize(
    ("role", "can"),
    [
        ("viewer", set()),
        ("analyst", set()),
        ("operator", {"Send again", "Original bytes"}),
        ("admin", {"Send again", "Original bytes", "Delete"}),
    ],
)
async def test_a_role_is_offered_what_it_may_do(role: str, can: set[str]) -> None:
    from ui.pages.pipeline import show_drawer, show_tools

    me = {**ME, "role": role}
    with acting(answers()):
        drawer, hidden = await show_drawer("?tab=letters&sel=0-41", None, me)
        _, tools = await show_tools("?tab=letters&reason=oversized", me)
    assert not hidden
    for word in ("Send again", "Original bytes", "Delete"):
        assert (word in texts(drawer[-1])) == (word in can)
        assert (word in texts(tools)) == (word in can - {"Original bytes"})
    assert ("operators and admins see them" in texts(drawer)) == (role in ("viewer", "analyst"))
    assert "reason oversized" in texts(tools)


async def test_hostile_texts_stay_texts() -> None:
    from ui.pages.pipeline import show_body, show_drawer

    huge = letter("0-41", preview="x" * 1_000_000, detail="y" * 1_000_000)
    with acting(answers(**{"dead-letters": letters(huge, letter("0-40"))})):
        body, _, _ = await show_body("?tab=letters", None, None)
        drawer, _ = await show_drawer("?sel=0-41", None, ME)
    assert len(str(body)) < 100_000
    said = texts(drawer)
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert shown_text(HOSTILE) in said


async def test_a_stage_shows_its_workers_and_an_unknown_one_says_so() -> None:
    from ui.pages.pipeline import show_drawer

    with acting(answers()):
        known, _ = await show_drawer("?sel=stage.parse", None, ME)
        unknown, _ = await show_drawer("?sel=stage.nothing", None, ME)
        closed = await show_drawer("?tab=letters", None, ME)
    assert "kafka is away" in texts(known)
    assert "There is no stage nothing" in texts(unknown)
    assert closed == ([], True)


def test_what_is_meant_is_asked_before() -> None:
    oversized = parse("reason=oversized&bytes>1000&q=x", GRAMMAR)
    some = deeds.choice_of("replay", "chosen", ["0-1", "0-2"], oversized)
    assert some == {"deed": "replay", "body": {"ids": ["0-1", "0-2"]}}
    assert "Send these 2 dead letters again?" in texts(deeds.question(some))
    one = deeds.choice_of("purge", "0-7", ["0-1"], Filter())
    assert one["body"] == {"ids": ["0-7"]}
    assert "Delete this dead letter?" in texts(deeds.question(one))
    fitting = deeds.choice_of("purge", "chosen", [], oversized)
    assert parse(fitting["body"]["filter"], GRAMMAR) == oversized
    said = "every dead letter with reason oversized, bytes > 1000, the text x"
    assert said in texts(deeds.question(fitting))
    every = deeds.choice_of("replay", "chosen", [], Filter())
    assert every["body"] == {"filter": ""}
    assert "every dead letter there is" in texts(deeds.question(every))


async def test_a_letter_leads_to_those_alike_and_a_chip_leads_back() -> None:
    from ui.pages.pipeline import show_body, show_tools

    wanted = Filter().having("source", "a,b")
    (href,) = links(letters_drawn.narrowing("source", "a,b"))
    search = href.removeprefix("/pipeline")
    assert letters_drawn.filter_in(search) == wanted
    _, tools = await show_tools(search, ME)
    assert "source a,b" in texts(tools)
    assert letters_drawn.without(search, "source=") == "?tab=letters"
    with acting(answers()) as client:
        body, _, _ = await show_body(search, None, None)
    assert client.asked[0][1]["source"] == "a\\,b"
    assert "/export/dead-letters?source=a%5C,b" in links(body)
    wrong = "?tab=letters&colour=red"
    with acting(answers()):
        body, _, _ = await show_body(wrong, None, None)
    assert "'colour' is no field here" in texts(body)
    assert "Send again" not in texts((await show_tools(wrong, ME))[1])


async def test_the_books_are_offered_as_a_file() -> None:
    from ui.pages.pipeline import show_body

    with acting(answers()):
        body, _, _ = await show_body("?tab=ledger&q=a shop", None, None)
        every, _, _ = await show_body("?tab=letters", None, None)
    assert "/export/sources?q=a+shop" in links(body)
    assert "/export/dead-letters" in links(every)


async def test_each_result_is_told_and_a_filter_goes_on_to_its_end() -> None:
    from ui.pages.pipeline import go

    bad = {"id": "0-9", "status": "cannot_be_replayed", "detail": HOSTILE}
    done = {"done": 1, "results": [{"id": "0-1", "status": "sent", "detail": ""}, bad]}
    choice = {"deed": "replay", "body": {"ids": ["0-1", "0-9"]}}
    with acting({"POST /dead-letters:replay": done}) as client:
        told, changed = await go([1], choice)
    assert "1 of 2 done" in texts(told)
    assert "cannot be sent again" in texts(told)
    assert changed
    assert client.sent[0][2] == {"ids": ["0-1", "0-9"]}
    endless = {**done, "next_cursor": "c"}
    with acting({"POST /dead-letters:purge": endless}) as client:
        told, _ = await go([1], {"deed": "purge", "body": {"filter": ""}})
    assert client.sent[1][2] == {"filter": "", "cursor": "c"}
    assert "do it again for the rest" in texts(told)
    with acting({"POST /dead-letters:purge": DOWN}):
        told, changed = await go([1], {"deed": "purge", "body": {"filter": ""}})
    assert "This did not work" in texts(told)
    assert changed  # it may have been done without an answer


async def test_what_was_done_before_a_failure_is_told_with_it() -> None:
    from ui.pages.pipeline import go

    some = {"results": [{"id": "0-1", "status": "purged", "detail": ""}], "next_cursor": "c"}
    for turns in ([some, DOWN], [some, ApiProblem(409, "conflict", "it is moving", "7f3a")]):
        with acting({"POST /dead-letters:purge": Turns(turns)}):
            told, changed = await go([1], {"deed": "purge", "body": {"filter": ""}})
        assert "1 of 1 done" in texts(told)
        assert str(turns[1]) in texts(told)
        assert "do it again for the rest" in texts(told)
        assert changed


async def test_only_a_click_asks_and_each_asks_its_own_question() -> None:
    from ui.pages.pipeline import ask

    purge, replay = (f'{{"deed":"{deed}","on":"chosen","type":"letter-deed"}}' for deed in DEEDS)
    with triggered(purge, 1):
        told, choice = await ask([1, 1], ["0-1"], "")
    assert (choice["deed"], choice["body"]) == ("purge", {"ids": ["0-1"]})
    assert "Delete this dead letter?" in texts(told)
    # A drawer that opens brings a button of its own, which nobody has clicked.
    with triggered(replay, None), pytest.raises(PreventUpdate):
        await ask([1, None], ["0-1"], "")


async def test_a_tick_box_opens_no_drawer() -> None:
    from ui.pages.pipeline import open_letter

    assert await open_letter({"colId": "at", "rowId": "0-41"}, "?tab=letters") == (
        "?tab=letters&sel=0-41"
    )
    for nothing in (None, {"colId": "ag-Grid-SelectionColumn", "rowId": "0-41"}):
        with pytest.raises(PreventUpdate):
            await open_letter(nothing, "?tab=letters")


def test_no_stage_is_ever_left_out_of_the_drawing() -> None:
    new = {**stages()[0], "stage": "invented", "topic": "signals", "writes": []}
    found = [*stages(), new]
    places = places_of(found)
    assert places["invented"].row == 4
    assert len(set(places.values())) == len(found)
    assert rows_of(places) == 5
    pipes = pipes_of(found, places)
    assert {"producers>parse", "parse>persist", "parse>rate", "rate>respond", "detect>note"} <= set(
        pipes
    )
    assert all(pipe.start.column < pipe.end.column for pipe in pipes.values() if pipe.end.row < 4)


def test_pipes_run_from_edge_to_edge() -> None:
    assert edge(0, right=False) == 0
    assert edge(8, right=True) == pytest.approx(1000)
    assert path_of(Pipe(Place(0, 0), Place(2, 0)), 4).endswith(f"H{edge(2, right=False):.1f}")
    assert "V375.0" in path_of(Pipe(Place(2, 0), Place(4, 1)), 4)


async def test_an_empty_ledger_and_one_that_failed_are_asked_for_again() -> None:
    from ui.pages.pipeline import show_body

    nothing: dict[str, Any] = {"sources": [], "metrics": [], "faults": []}
    for answer in (nothing, DOWN):
        with acting({"/pipeline/ledger": answer}):
            *_, shown = await show_body("?tab=ledger", None, None)
        with acting(answers()):
            body, _, shown = await show_body("?tab=ledger", None, shown, again=1)
            assert "By source" in texts(body)
            with pytest.raises(PreventUpdate):
                await show_body("?tab=ledger", None, shown, again=2)
