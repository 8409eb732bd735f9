"""Names and words that a client gives, as every table can take them."""

from typing import Annotated, Final

from pydantic import AfterValidator, StringConstraints

from schemas.headers import NUL_PICTURE

MAX_NAME: Final = 1_024


def without_nul(text: str) -> str:
    """NUL as its picture, under which it was stored."""
    return text.replace("\x00", NUL_PICTURE)


Text = Annotated[str, StringConstraints(max_length=MAX_NAME), AfterValidator(without_nul)]
