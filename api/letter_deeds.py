"""Replaying and purging many dead letters at once, with one result each."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from fastapi import Request

from connectors.deadletters import as_sent_again
from connectors.letters import PARTITION, Found, Letters, Search, letter_id, offset_of
from connectors.publish import Publisher
from connectors.stores import purged_letters
from schemas.dead_letters import (
    GRAMMAR,
    MOST_AT_ONCE,
    LetterChoice,
    LetterOutcome,
    LetterResult,
    LetterResults,
    fits,
)
from schemas.errors import InvalidEvent, Unavailable
from schemas.filters import parse
from schemas.pages import from_cursor, to_cursor
from schemas.settings import Settings

_TOGETHER: Final = 20  # letters whose bytes are held at once; each may have 5 MiB
_SAID: Final[dict[LetterOutcome, str]] = {
    "not_found": "it was purged, or retention has deleted it",
    "cannot_be_replayed": "our own workers made it: it never was a line of a topic",
    "already_back": "a replay of it was counted",
    "hidden": "nobody is shown it; its bytes go with the letters before it",
}
_DONE: Final[frozenset[LetterOutcome]] = frozenset({"sent", "purged", "hidden"})


async def replay(request: Request, choice: LetterChoice) -> LetterResults:
    """Each that can be goes back to its topic. Raises Unavailable before the first was sent."""
    state = request.app.state
    letters: Letters = state.pipeline.letters
    publisher: Publisher = state.outlet.publisher
    chosen, results, cursor = await _chosen(letters, choice)
    for at in range(0, len(chosen), _TOGETHER):
        part = chosen[at : at + _TOGETHER]
        try:
            results += await _send(state.settings, letters, publisher, part)
        except Unavailable as error:
            state.outlet.failed(publisher, error)
            rest = chosen[at:]
            results += [_result(offset, "failed", str(error)) for offset in rest]
            break
    return _results(results, cursor)


async def purge(request: Request, choice: LetterChoice) -> LetterResults:
    """Hidden at once; deleted as far as they are the oldest. Raises Unavailable."""
    state = request.app.state
    letters: Letters = state.pipeline.letters
    start, end = await letters.bounds()
    if choice.filter == "" and choice.cursor is None:
        await letters.delete_before(end)
        async with state.database.writing() as connection:
            await purged_letters.forget(connection, PARTITION, end)
        return LetterResults(done=end - start, results=[])
    chosen, results, cursor = await _chosen(letters, choice)
    found = await letters.of(chosen, keep=False)
    async with state.database.writing() as connection:
        places = {(PARTITION, one.offset, one.stamp) for one in found.values()}
        await purged_letters.hide(connection, places)
        through = await purged_letters.run_from(connection, PARTITION, start)
    if through > start:
        await letters.delete_before(through)
        async with state.database.writing() as connection:
            await purged_letters.forget(connection, PARTITION, through)
    for offset in chosen:
        if offset not in found:
            results.append(_result(offset, "not_found"))
        else:
            results.append(_result(offset, "purged" if offset < through else "hidden"))
    return _results(results, cursor)


def below_of(cursor: str | None) -> int | None:
    """The offset that a cursor holds. Raises InvalidEvent."""
    if cursor is None:
        return None
    (offset,) = from_cursor(cursor, 1)
    if not isinstance(offset, int):
        raise InvalidEvent("cursor", "it belongs to another list; begin without one")
    return offset


def cursor_of(found: Search) -> str | None:
    """Where a search goes on; None when nothing older is left."""
    return None if found.complete else to_cursor([found.below])


async def _chosen(
    letters: Letters, choice: LetterChoice
) -> tuple[list[int], list[LetterResult], str | None]:
    """Offsets, results of what is none, and where a filter goes on."""
    if choice.filter is not None:
        asked = parse(choice.filter, GRAMMAR, beside=())
        chosen = fits(asked, datetime.now(UTC))
        found = await letters.search(chosen, MOST_AT_ONCE, below_of(choice.cursor))
        return [offset_of(view.id) for view in found.found], [], cursor_of(found)
    offsets, wrong = [], []
    for id_ in dict.fromkeys(choice.ids or ()):
        try:
            offsets.append(offset_of(id_))
        except InvalidEvent as error:
            wrong.append(LetterResult(id=id_, status="not_found", detail=error.detail))
    return offsets, wrong, None


async def _send(
    settings: Settings, letters: Letters, publisher: Publisher, offsets: Sequence[int]
) -> list[LetterResult]:
    found = await letters.of(offsets)
    results, sent = [], {}
    for offset in offsets:
        one = found.get(offset)
        verdict = _unfit(one) if one else "not_found"
        if one is None or verdict is not None:
            results.append(_result(offset, verdict or "not_found"))
            continue
        again = as_sent_again(settings, one.letter)
        sent[offset] = await publisher.send_again(
            again.topic, again.key, again.value, again.headers
        )
    if sent:
        await asyncio.wait(sent.values(), timeout=settings.api_ack_seconds)
    for offset, task in sent.items():
        if not task.done():
            raise Unavailable("Kafka", "no acknowledgement in time")
        error = task.exception()
        if error is not None and not isinstance(error, Unavailable):
            raise error
        results.append(_result(offset, "failed" if error else "sent", str(error or "")))
    return results


def _unfit(found: Found) -> LetterOutcome | None:
    """Why a letter is not sent again."""
    if not found.view.can_be_replayed:
        return "cannot_be_replayed"
    return "already_back" if found.view.brought_back else None


def _result(offset: int, status: LetterOutcome, detail: str = "") -> LetterResult:
    said = _SAID.get(status, "")
    return LetterResult(id=letter_id(offset), status=status, detail=detail or said)


def _results(results: list[LetterResult], cursor: str | None) -> LetterResults:
    done = sum(result.status in _DONE for result in results)
    return LetterResults(done=done, results=results, next_cursor=cursor)
