"""What may be asked for many dead letters at once: never more than the audit log can hold."""

import pytest
from pydantic import ValidationError

from schemas.audit import redacted
from schemas.dead_letters import MAX_ID, MOST_AT_ONCE, LetterChoice


@pytest.mark.parametrize(
    "choice",
    [
        {"ids": ["x" * 70_000]},
        {"ids": ["0" * (MAX_ID + 1)]},
        {"ids": ["\U0001f600"]},
        {"filter": "reason!=" + "x" * 70_000},
        {"filter": "", "cursor": "x" * 70_000},
    ],
    ids=["an endless id", "a long id", "no id", "an endless filter", "an endless cursor"],
)
def test_what_is_too_long_to_be_written_down_is_refused(choice: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        LetterChoice.model_validate(choice)


@pytest.mark.parametrize(
    "asked",
    [{"ids": ["x" * MAX_ID] * MOST_AT_ONCE}, {"filter": "\U0001f600" * 4_000, "cursor": "x" * 200}],
    ids=["ids", "a filter"],
)
def test_the_audit_log_holds_the_most_that_may_be_asked(asked: dict[str, object]) -> None:
    choice = LetterChoice.model_validate(asked).model_dump(exclude_none=True)
    done = choice.get("ids", [f"0-{10**12 + number}" for number in range(MOST_AT_ONCE)])
    entry = {"asked": choice, "done": MOST_AT_ONCE, "ids": done}
    assert redacted(entry) == entry
