"""What people send to the API to decide on alerts, and what comes back for many at once."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.alert_words import WORDS, severity_of
from schemas.commands import (
    MAX_LABELS,
    MAX_NAME,
    MAX_TARGETS,
    MAX_TEXT,
    MAX_TITLE,
    DecidedItem,
    Label,
    LabelText,
    NewAlert,
)
from schemas.texts import KEPT, Kept

Text = Annotated[Kept, Field(max_length=MAX_TEXT)]
Owner = Annotated[Kept, Field(max_length=MAX_NAME)]
Action = Literal["acknowledge", "unacknowledge", "resolve", "assign", "comment"]


class _Wish(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AlertWish(_Wish):
    """An alert to raise by hand. `severity` is one of our words, or of another tool's (`P1`)."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "title": "Checkout is slow",
                "severity": "high",
                "source": "phone",
                "description": "Three customers have called.",
                "labels": {"service": "checkout"},
            }
        }
    )

    title: Kept = Field(min_length=1, max_length=MAX_TITLE)
    severity: Kept = Field(min_length=1, max_length=40)
    source: Kept = Field(min_length=1, max_length=MAX_NAME)
    description: Text = ""
    labels: dict[Annotated[Label, KEPT], Annotated[LabelText, KEPT]] = Field(
        default={}, max_length=MAX_LABELS
    )

    @model_validator(mode="after")
    def _is_known(self) -> Self:
        if self.severity.strip().lower() not in WORDS:
            raise ValueError("severity is one of critical, high, warning, info, low")
        if not (self.title.strip() and self.source.strip()):
            raise ValueError("title and source say something")
        return self

    def as_new(self) -> NewAlert:
        """As a command carries it."""
        return NewAlert(
            title=self.title.strip(),
            severity=severity_of(self.severity),
            source_severity=self.severity.strip(),
            source=self.source.strip(),
            description=self.description,
            labels=self.labels,
        )


class Said(_Wish):
    """What somebody says along with a decision."""

    model_config = ConfigDict(json_schema_extra={"example": {"text": "I am on it."}})

    text: Text = ""


class Assignment(Said):
    """`owner` "" takes it off whoever has it."""

    model_config = ConfigDict(json_schema_extra={"example": {"owner": "kim"}})

    owner: Owner


class Comment(_Wish):
    """What is said of an alert, also of one that is closed."""

    model_config = ConfigDict(json_schema_extra={"example": {"text": "It was the cache."}})

    text: Annotated[Kept, Field(min_length=1, max_length=MAX_TEXT)]


class Bulk(Said):
    """One decision on many alerts: `ids`, or all that match `filter` (the list's own query) now."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"action": "acknowledge", "ids": ["3800d90fc26b71ec"]}}
    )

    action: Action
    ids: list[Annotated[Kept, Field(min_length=1, max_length=MAX_NAME)]] | None = Field(
        default=None, min_length=1, max_length=MAX_TARGETS
    )
    filter: str | None = Field(default=None, max_length=16_384)
    owner: Owner | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.ids is None) == (self.filter is None):
            raise ValueError("give either ids or filter")
        if (self.action == "assign") != (self.owner is not None):
            raise ValueError("owner belongs to assign, and assign needs one")
        if self.action == "comment" and not self.text:
            raise ValueError("a comment needs a text")
        return self


class BulkAnswer(BaseModel):
    """What became of each, in the order of the ids; `operation` tells the same later."""

    operation: str
    applied: int
    items: list[DecidedItem]
