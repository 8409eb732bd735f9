"""Names and words that a client gives, as every table can take them."""

from typing import Annotated, Final

from pydantic import AfterValidator, StringConstraints

from schemas.documents import plain

MAX_NAME: Final = 1_024


def without_nul(text: str) -> str:
    """NUL as its picture, under which it was stored, and half a character as a question mark."""
    kept: str = plain(text)
    return kept


KEPT: Final = AfterValidator(without_nul)
Kept = Annotated[str, KEPT]
Text = Annotated[str, StringConstraints(max_length=MAX_NAME), KEPT]
