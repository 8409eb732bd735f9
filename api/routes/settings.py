"""/api/v1/settings: what this process was started with, secrets blotted out."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, SecretStr

from api.documented import problems
from api.permits import Caller, permit
from schemas.pages import Page
from schemas.roles import Permission
from schemas.settings import SECRETS, Settings, as_text, environment_name

router = APIRouter(prefix="/api/v1/settings", tags=["settings"])

_BLOT = "***"


class Setting(BaseModel):
    """One setting, as text; `is_set` says whether somebody set it, or it was made at the start."""

    name: str
    value: str
    default: str
    is_set: bool
    description: str


@router.get("", responses=problems())
async def list_settings(
    request: Request, caller: Annotated[Caller, Depends(permit(Permission.READ_SETTINGS))]
) -> Page[Setting]:
    """Every setting, in the order of `.env.example`."""
    found = settings_of(request.app.state.settings)
    return Page(items=found, total=len(found))


def settings_of(settings: Settings) -> list[Setting]:
    """Pure. Secrets are blotted out where they are set."""
    return [
        Setting(
            name=environment_name(name),
            value=_shown(name, getattr(settings, name)),
            default=_shown(name, field.get_default(call_default_factory=True)),
            is_set=name in settings.model_fields_set,
            description=field.description or "",
        )
        for name, field in Settings.model_fields.items()
    ]


def _shown(name: str, value: object) -> str:
    if name in SECRETS:
        return _BLOT if isinstance(value, SecretStr) and value.get_secret_value() else ""
    return "" if value is None else as_text(value)
