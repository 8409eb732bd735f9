"""POST /api/v1/alerts…: raise one, acknowledge, resolve, assign, comment; many at once.

Respond decides. 200 (201) says that it did and that lists show it; 202 that it will, see Location.
"""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from api.audit import record
from api.decisions import Decisions, pending
from api.documented import problems
from api.idempotency import name_of
from api.kinds import base_path
from api.permits import Caller, permit
from api.problems import Problem
from api.routes.alerts import AlertId, found
from api.versions import expected_version, set_etag
from connectors.stores import alert_lists
from connectors.stores.postgres import Connection
from schemas.alert_lists import ALERT_LIST, AlertRow, as_row
from schemas.alerts import Alert
from schemas.commands import (
    MAX_TARGETS,
    Actor,
    Command,
    CommandKind,
    CommandResult,
    DecidedItem,
    Operation,
    Target,
)
from schemas.decisions import AlertWish, Assignment, Bulk, BulkAnswer, Comment, Said
from schemas.errors import InvalidEvent
from schemas.filters import parse
from schemas.roles import Permission

router = APIRouter(prefix="/api/v1/alerts", tags=["alerts"])

Decider = Annotated[Caller, Depends(permit(Permission.DECIDE_ALERTS))]
_PENDING: Final[dict[str, Any]] = {
    "model": Operation,
    "description": "It was accepted and not decided within a second; follow Location.",
}
_COMMAND_DIGITS: Final = 24
_ALERT_DIGITS: Final = 16
_RAISE: Final = {202: _PENDING, **problems()}
_ONE: Final = {202: _PENDING, **problems(404, 409, 412)}


@router.post("", status_code=201, response_model=AlertRow, responses=_RAISE)
async def raise_alert(
    request: Request, response: Response, wish: AlertWish, caller: Decider
) -> AlertRow | Response:
    """Raises an alert by hand; it stays open until somebody resolves it."""
    name = _name(request)
    target = Target(id=name[-_ALERT_DIGITS:])
    command = _command(name, caller, "create", [target]).model_copy(update={"alert": wish.as_new()})
    response.headers["Location"] = f"{base_path(request.scope)}{router.prefix}/{target.id}"
    return await _decide(request, response, caller, command)


@router.post("/{alert_id}/acknowledge", response_model=AlertRow, responses=_ONE)
async def acknowledge(
    request: Request,
    response: Response,
    alert_id: AlertId,
    caller: Decider,
    said: Said | None = None,
) -> AlertRow | Response:
    """Somebody takes care; it stays so until the alert is over."""
    return await _on_one(request, response, caller, alert_id, "acknowledge", said or Said())


@router.post("/{alert_id}/unacknowledge", response_model=AlertRow, responses=_ONE)
async def unacknowledge(
    request: Request,
    response: Response,
    alert_id: AlertId,
    caller: Decider,
    said: Said | None = None,
) -> AlertRow | Response:
    """Nobody takes care after all."""
    return await _on_one(request, response, caller, alert_id, "unacknowledge", said or Said())


@router.post("/{alert_id}/resolve", response_model=AlertRow, responses=_ONE)
async def resolve(
    request: Request,
    response: Response,
    alert_id: AlertId,
    caller: Decider,
    said: Said | None = None,
) -> AlertRow | Response:
    """It is over. It opens again only when something begins anew."""
    return await _on_one(request, response, caller, alert_id, "resolve", said or Said())


@router.post("/{alert_id}/assign", response_model=AlertRow, responses=_ONE)
async def assign(
    request: Request, response: Response, alert_id: AlertId, caller: Decider, to: Assignment
) -> AlertRow | Response:
    """Whose it is; an empty owner takes it off."""
    return await _on_one(request, response, caller, alert_id, "assign", to, owner=to.owner)


@router.post("/{alert_id}/comment", response_model=AlertRow, responses=_ONE)
async def comment(
    request: Request, response: Response, alert_id: AlertId, caller: Decider, said: Comment
) -> AlertRow | Response:
    """Something to remember; closed alerts take comments, too."""
    return await _on_one(request, response, caller, alert_id, "comment", Said(text=said.text))


# Registered under its parent's path: the colon says that it is an action, not an alert.
bulk_router = APIRouter(prefix="/api/v1", tags=["alerts"])


@bulk_router.post("/alerts:bulk", response_model=BulkAnswer, responses=_RAISE)
async def bulk(request: Request, wish: Bulk, caller: Decider) -> BulkAnswer | Response:
    """One decision on many alerts, at most 1,000. Each has its own outcome; a filter means the
    alerts that match it now.
    """
    name = _name(request)
    if before := await _before(request, name[:_COMMAND_DIGITS]):
        if before.state == "pending":
            return _accepted(request, before)
        return _many(wish, before.id, before.items)
    wanted = list(dict.fromkeys(wish.ids)) if wish.ids else await _matching(request, wish)
    async with request.app.state.database.reading() as connection:
        known = await alert_lists.by_ids(connection, wanted)
    targets = [Target(id=id_, alert=_seen(known[id_])) for id_ in wanted if id_ in known]
    if not targets:
        return _many(wish, "", [])
    command = _command(name, caller, wish.action, targets, wish.text, wish.owner or "")
    result = await _carry(request, caller, command)
    if result is None:
        return _accepted(request, pending(command))
    return _many(wish, command.id, result.items)


def _many(wish: Bulk, operation: str, decided: Sequence[DecidedItem]) -> BulkAnswer:
    """One outcome for each id that was asked for, or for each that the filter matched."""
    by_id = {item.id: item for item in decided}
    strange = {
        id_: DecidedItem(id=id_, status="not_found", reason="there is no such alert")
        for id_ in wish.ids or ()
        if id_ not in by_id
    }
    outcomes = by_id | strange
    items = [outcomes[id_] for id_ in dict.fromkeys(wish.ids or by_id)]
    applied = sum(item.status == "applied" for item in items)
    return BulkAnswer(operation=operation, applied=applied, items=items)


async def _matching(request: Request, wish: Bulk) -> list[str]:
    """Ids of the filter, as it is now. Raises Problem 422 when they are too many."""
    asked = parse(wish.filter or "", ALERT_LIST)
    async with request.app.state.database.reading() as connection:
        ids = await alert_lists.ids(connection, asked, datetime.now(UTC), MAX_TARGETS)
    if len(ids) > MAX_TARGETS:
        detail = f"more than {MAX_TARGETS:,} alerts match; take fewer at once"
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "too-many", detail)
    return ids


def _seen(alert: Alert) -> Alert | None:
    """Respond knows by itself what is open and comes from signals."""
    return None if alert.state.is_open and alert.type != "manual" else alert


async def _on_one(
    request: Request,
    response: Response,
    caller: Caller,
    alert_id: str,
    kind: CommandKind,
    said: Said,
    owner: str = "",
) -> AlertRow | Response:
    expected = expected_version(request)
    async with request.app.state.database.reading() as connection:
        alert = await found(connection, alert_id)
    target = Target(id=alert_id, expected_version=expected, alert=alert)
    command = _command(_name(request), caller, kind, [target], said.text, owner)
    return await _decide(request, response, caller, command)


def _name(request: Request) -> str:
    """What the ids of a command and of its new alert are made of. Under an Idempotency-Key it is
    the same for each attempt: one that the broker gets after its sender gave up is known again.
    """
    return name_of(request) or secrets.token_hex(32)


async def _before(request: Request, command_id: str) -> Operation | None:
    """What became of an earlier attempt that was sent; None: there was none, as far as we know."""
    decisions: Decisions = request.app.state.decisions
    return await decisions.earlier(command_id) if name_of(request) else None


def _command(
    name: str,
    caller: Caller,
    kind: CommandKind,
    targets: Sequence[Target],
    text: str = "",
    owner: str = "",
) -> Command:
    return Command(
        id=name[:_COMMAND_DIGITS],
        kind=kind,
        targets=list(targets),
        by=Actor(id=caller.id, name=caller.name),
        at=datetime.now(UTC),
        text=text,
        owner=owner,
    )


async def _decide(
    request: Request, response: Response, caller: Caller, command: Command
) -> AlertRow | Response:
    """The alert as it is now, or 202. Raises Problem 404, 409, 412."""
    before = await _before(request, command.id)
    result = before or await _carry(request, caller, command)
    if result is None or not result.items:
        return _accepted(request, before or pending(command))
    (item,) = result.items
    if item.status == "not_found":
        raise Problem(HTTPStatus.NOT_FOUND, "not-found", item.reason)
    if item.status == "conflict":
        headers = {"ETag": f'"{item.version}"'}
        status = HTTPStatus.PRECONDITION_FAILED
        raise Problem(status, "version-conflict", item.reason, headers=headers)
    if item.status == "forbidden":
        raise Problem(HTTPStatus.CONFLICT, "forbidden-step", item.reason)
    async with request.app.state.database.reading() as connection:
        alert = await found(connection, item.id)
    set_etag(response, alert.version)
    return as_row(alert)


async def _carry(request: Request, caller: Caller, command: Command) -> CommandResult | None:
    """What became of the command; None when that takes longer than a second."""
    decisions: Decisions = request.app.state.decisions
    try:
        async with request.app.state.database.writing() as connection:
            await _audit(connection, caller, request, command)
        # Written down first: what was sent cannot be called back when the audit fails.
        await decisions.send(command)
        return await decisions.outcome(command)
    except InvalidEvent as error:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "too-large", error.detail) from error
    finally:
        decisions.forget(command)


async def _audit(
    connection: Connection, caller: Caller, request: Request, command: Command
) -> None:
    """What was wanted; what became of it stands in the alert's history."""
    ids = [target.id for target in command.targets]
    after = command.model_dump(mode="json", include={"text", "owner", "alert"}) | {
        "operation": command.id,
        "ids": ids,
    }
    what = f"alerts/{ids[0]}" if len(ids) == 1 else "alerts"
    await record(connection, caller, request, f"alerts.{command.kind}", what, after=after)


def _accepted(request: Request, operation: Operation) -> JSONResponse:
    """It will be decided; the operation says how it went."""
    return JSONResponse(
        operation.model_dump(mode="json"),
        HTTPStatus.ACCEPTED,
        headers={"Location": f"{base_path(request.scope)}/api/v1/operations/{operation.id}"},
    )
