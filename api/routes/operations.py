"""GET /api/v1/operations/{id}: what became of a decision that was answered with 202."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request

from api.documented import problems
from api.permits import Caller, permit
from api.problems import Problem
from schemas.commands import MAX_NAME, Operation
from schemas.roles import Permission
from schemas.texts import Kept

router = APIRouter(prefix="/api/v1/operations", tags=["operations"])


@router.get("/{operation_id}", responses=problems(404))
async def one(
    request: Request,
    operation_id: Annotated[Kept, Path(min_length=1, max_length=MAX_NAME)],
    _caller: Annotated[Caller, Depends(permit(Permission.READ))],
) -> Operation:
    """Pending, or done with what became of each alert. Kept for 30 days."""
    operation: Operation | None = await request.app.state.decisions.operation(operation_id)
    if operation is None:
        raise Problem(HTTPStatus.NOT_FOUND, "not-found", "there is no such operation")
    return operation
