"""/api/v1/dead-letters: what could not be used, why, and how it gets another chance."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from api.audit import record
from api.documented import answered, problems
from api.letter_deeds import below_of, cursor_of, purge, replay
from api.listing import filter_of, listed, listing, parameters
from api.permits import Caller, permit
from api.problems import Problem
from connectors.letters import Found, Letters, offset_of
from schemas.dead_letters import (
    GRAMMAR,
    MAX_ID,
    LetterChoice,
    LetterPage,
    LetterResults,
    LetterView,
    fits,
)
from schemas.filters import Filter
from schemas.pages import DEFAULT_LIMIT, MAX_LIMIT
from schemas.roles import Permission, may

router = APIRouter(prefix="/api/v1", tags=["dead letters"])

_EXAMPLE: Final = {
    "id": "0-41",
    "dead_id": "logs.raw/1/3/120#7",
    "at": "2026-11-23T10:15:30Z",
    "source": "shop",
    "stage": "parse",
    "reason": "oversized",
    "detail": "1048577 bytes",
    "lines": 1,
    "points": 0,
    "topic": "logs.raw",
    "partition": 3,
    "offset": 120,
    "range": None,
    "trace": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "bytes": 1_048_577,
    "brought_back": False,
    "can_be_replayed": True,
    "preview": "2026-11-23T10:15:29Z payment ...",
}
_PAGE: Final = {
    "items": [_EXAMPLE],
    "next_cursor": None,
    "scanned": 1,
    "complete": True,
    "total": 1,
}
_RAW: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The original bytes, as a download.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_CHOICES: Final = {
    "ids": {"value": {"ids": ["0-41", "0-42"]}},
    "filter": {"value": {"filter": "reason=oversized&source=shop"}},
}

Id = Annotated[str, Path(max_length=MAX_ID, examples=["0-41"])]


@router.get(
    "/dead-letters",
    response_model=LetterPage,
    responses=listed(_PAGE),
    openapi_extra=parameters(GRAMMAR),
)
async def list_letters(
    request: Request,
    response: Response,
    caller: Annotated[Caller, Depends(permit(Permission.READ))],
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Any:
    """The newest first; `q` is looked for in reason and detail.

    A search among very many ends after a few seconds: `complete` is false then, and `next_cursor`
    goes on where it stopped.
    """
    asked = filter_of(request, GRAMMAR)
    chosen = fits(asked, datetime.now(UTC))
    letters: Letters = request.app.state.pipeline.letters

    async def fetch(count: int, after: str | None) -> LetterPage:
        found = await letters.search(chosen, count, below_of(after))
        return LetterPage(
            items=[_shown(view, caller) for view in found.found],
            next_cursor=cursor_of(found),
            scanned=found.scanned,
            complete=found.complete,
            total=found.end - found.start if asked == Filter() else None,
        )

    noun = "dead-letters"
    return await listing(request, response, caller, noun, LetterView, fetch, limit, cursor)


@router.get("/dead-letters/{id}", responses=answered(_EXAMPLE, 404))
async def one_letter(
    request: Request, caller: Annotated[Caller, Depends(permit(Permission.READ))], id: Id
) -> LetterView:
    """One letter, without its bytes."""
    return _shown((await _found(request, id)).view, caller)


@router.get("/dead-letters/{id}/raw", response_class=Response, responses={**_RAW, **problems(404)})
async def raw_letter(
    request: Request, caller: Annotated[Caller, Depends(permit(Permission.READ_RAW_BYTES))], id: Id
) -> Response:
    """The original bytes, which may be anything: only ever as a download."""
    found = await _found(request, id)
    async with request.app.state.database.writing() as connection:
        await record(connection, caller, request, "dead_letters.read_raw", f"dead-letters/{id}")
    headers = {
        "Content-Disposition": f'attachment; filename="dead-letter-{found.view.id}.bin"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox",
    }
    return Response(found.letter.value, media_type="application/octet-stream", headers=headers)


@router.post(
    "/dead-letters:replay",
    responses=problems(),
    openapi_extra={"requestBody": {"content": {"application/json": {"examples": _CHOICES}}}},
)
async def replay_letters(
    request: Request,
    caller: Annotated[Caller, Depends(permit(Permission.REPLAY_DEAD_LETTERS))],
    choice: LetterChoice,
) -> LetterResults:
    """Send letters through the pipeline again; one that was brought back is left alone.

    With a filter at most 500 a call: `next_cursor` goes on.
    """
    await _record(request, caller, "dead_letters.begin_replay", choice)
    results = await replay(request, choice)
    await _record(request, caller, "dead_letters.replay", choice, results)
    return results


@router.post(
    "/dead-letters:purge",
    responses=problems(),
    openapi_extra={"requestBody": {"content": {"application/json": {"examples": _CHOICES}}}},
)
async def purge_letters(
    request: Request,
    caller: Annotated[Caller, Depends(permit(Permission.PURGE_DEAD_LETTERS))],
    choice: LetterChoice,
) -> LetterResults:
    """Delete letters for good; the ledger keeps their numbers. `{"filter": ""}` deletes all.

    Kafka deletes from the oldest on: a letter with older ones before it is `hidden`, shown and
    sent to nobody, and its bytes go with those before it.
    """
    await _record(request, caller, "dead_letters.begin_purge", choice)
    results = await purge(request, choice)
    await _record(request, caller, "dead_letters.purge", choice, results)
    return results


async def _found(request: Request, id_: str) -> Found:
    letters: Letters = request.app.state.pipeline.letters
    offset = offset_of(id_)
    found = (await letters.of([offset])).get(offset)
    if found is None:
        detail = f"there is no dead letter {id_}; it was purged, or retention has deleted it"
        raise Problem(HTTPStatus.NOT_FOUND, "not-found", detail)
    return found


def _shown(view: LetterView, caller: Caller) -> LetterView:
    """Its first characters are bytes, too: only for those who may see them."""
    allowed = caller.role is not None and may(caller.role, Permission.READ_RAW_BYTES)
    return view if allowed else view.model_copy(update={"preview": None})


async def _record(
    request: Request,
    caller: Caller,
    action: str,
    choice: LetterChoice,
    results: LetterResults | None = None,
) -> None:
    """Before it is done and after: what is cut off on the way has been done in part."""
    after: dict[str, object] = {
        "asked": choice.model_dump(mode="json", exclude_none=True, by_alias=True)
    }
    if results is not None:
        after |= {"done": results.done, "ids": [result.id for result in results.results]}
    async with request.app.state.database.writing() as connection:
        await record(connection, caller, request, action, "dead-letters", None, after)
