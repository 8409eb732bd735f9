"""People's decisions, as published on the topic `commands`; and what became of each, on `results`.

Respond alone changes alerts. Whoever decides says what, on which version, and as whom; a bulk is
one command with many targets. The command's id makes it one: a second time it changes nothing.
"""

from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from schemas.alerts import Alert, AlertSeverity

CommandKind = Literal["create", "acknowledge", "unacknowledge", "resolve", "assign", "comment"]
ItemStatus = Literal["applied", "conflict", "forbidden", "not_found"]

MAX_TARGETS: Final = 1_000
MAX_TITLE: Final = 300  # characters, here and below
MAX_TEXT: Final = 4_000
MAX_NAME: Final = 200
MAX_LABELS: Final = 32

Label = Annotated[str, Field(min_length=1, max_length=100)]
LabelText = Annotated[str, Field(max_length=500)]


class Actor(BaseModel):
    """Who decides; the name is what people see."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(max_length=MAX_NAME)
    name: str = Field(max_length=MAX_NAME)


class Target(BaseModel):
    """One alert that is decided on. `expected_version` None: whichever it is at.

    `alert` is the version that the decider saw, for the case that respond has forgotten it.
    """

    model_config = ConfigDict(frozen=True)

    id: str = Field(min_length=1, max_length=MAX_NAME)
    expected_version: int | None = None
    alert: Alert | None = None


class NewAlert(BaseModel):
    """What somebody raises by hand; `source_severity` is their own word."""

    model_config = ConfigDict(frozen=True)

    title: str = Field(min_length=1, max_length=MAX_TITLE)
    severity: AlertSeverity
    source_severity: str = Field(default="", max_length=MAX_NAME)
    source: str = Field(min_length=1, max_length=MAX_NAME)
    description: str = Field(default="", max_length=MAX_TEXT)
    labels: dict[Label, LabelText] = Field(default={}, max_length=MAX_LABELS)


class Command(BaseModel):
    """Key of the record: the first target's id.

    `owner` is for `assign` ("" takes it off), `alert` for `create`, `text` is said along with any.
    """

    model_config = ConfigDict(frozen=True)

    v: Literal[1] = 1
    id: str = Field(min_length=1, max_length=MAX_NAME)
    kind: CommandKind
    targets: list[Target] = Field(min_length=1, max_length=MAX_TARGETS)
    by: Actor
    at: AwareDatetime
    text: str = Field(default="", max_length=MAX_TEXT)
    owner: str = Field(default="", max_length=MAX_NAME)
    alert: NewAlert | None = None


class DecidedItem(BaseModel):
    """What became of one target: `version` is where the alert is now, 0 when there is none.

    `reason` says why it was not applied. `alert` is there where the command had a single target.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    status: ItemStatus
    version: int = 0
    reason: str = ""
    alert: Alert | None = None


class CommandResult(BaseModel):
    """Key of the record: the command's id. Items are in the order of the targets."""

    model_config = ConfigDict(frozen=True)

    v: Literal[1] = 1
    id: str
    items: list[DecidedItem]


class Operation(BaseModel):
    """A command as whoever sent it follows it; without items while it is pending."""

    id: str
    state: Literal["pending", "done"]
    kind: CommandKind
    by: Actor
    at: AwareDatetime
    items: list[DecidedItem] = []
