"""The shape of a line: its skeleton, which decides the pattern, and the pieces of its template.

In come tokens; out comes a Shape: a skeleton without blanks in which a run or list of variables is
one slot, so that it does not depend on how many values a line holds, and one piece of template
text for each element of the skeleton.
"""

import hashlib
import re
from typing import Final, NamedTuple

from agents.parsing.tokens import VARIABLE, Token, template_tokens, tokens

# Frozen: uids live as long as the data. Whoever changes how lines become skeletons raises it.
SKELETON_VERSION: Final = 1

# Marks that join variables to one list.
_JOINTS: Final = frozenset({",", ":"})
_MAX_PIECE: Final = 80

_DIGIT: Final = re.compile("[0-9]")
_TYPED: Final = re.compile(r"<[A-Z0-9]+>")
_GLUED: Final = re.compile(r"<\*>(?:\.?<\*>)+")

Skeleton = tuple[str, ...]


class Shape(NamedTuple):
    """`pieces[i]` is the template text of `skeleton[i]`, with the blank before it, if any."""

    skeleton: Skeleton
    pieces: tuple[str, ...]

    @property
    def shows_digits(self) -> bool:
        """Whether the template shows digits of a line, which only a name with an index does."""
        return any(
            key != VARIABLE and _DIGIT.search(piece) for key, piece in zip(*self, strict=True)
        )


BLANK: Final = Shape(("<blank>",), ("<blank>",))


def shape_of(line: str) -> Shape:
    """The shape of a line; BLANK when nothing is on it."""
    return _collapsed(tokens(line)) or BLANK


def shape_of_template(template: str) -> Shape:
    """The shape that shows as `template`."""
    return _collapsed(template_tokens(template)) or BLANK


def bare_shape(skeleton: Skeleton) -> Shape:
    """A shape known by its skeleton alone."""
    return Shape(skeleton, (skeleton[0], *(f" {key}" for key in skeleton[1:])))


def _collapsed(found: list[Token]) -> Shape | None:
    """Runs of variables, also with a comma or a colon between two, become one slot."""
    keys: list[str] = []
    pieces: list[str] = []
    end = 0
    for token in found:
        piece = f" {token.shown}" if keys and token.start > end else token.shown
        end = token.end
        if token.key == VARIABLE and keys:
            start = _run_start(keys, len(keys))
            piece = "".join((*pieces[start:], piece))
            del keys[start:], pieces[start:]
        keys.append(token.key)
        pieces.append(_bounded(piece) if token.key == VARIABLE else piece)
    return Shape(tuple(keys), tuple(pieces)) if keys else None


def _run_start(keys: list[str] | Skeleton, place: int) -> int:
    """Where the run begins that a variable in `place` continues."""
    if place >= 1 and keys[place - 1] == VARIABLE:
        return place - 1
    if place >= 2 and keys[place - 1] in _JOINTS and keys[place - 2] == VARIABLE:
        return place - 2
    return place


def _run_end(keys: Skeleton, place: int) -> int:
    """The first place behind the run that a variable in `place` begins."""
    if place + 1 < len(keys) and keys[place + 1] == VARIABLE:
        return place + 2
    if place + 2 < len(keys) and keys[place + 1] in _JOINTS and keys[place + 2] == VARIABLE:
        return place + 3
    return place + 1


def with_slot(skeleton: Skeleton, place: int) -> Skeleton:
    """The skeleton with a variable in `place`."""
    start, end = _run_start(skeleton, place), _run_end(skeleton, place)
    return (*skeleton[:start], VARIABLE, *skeleton[end:])


def shape_with_slot(shape: Shape, place: int) -> Shape:
    """The same for a whole shape."""
    skeleton, pieces = shape
    start, end = _run_start(skeleton, place), _run_end(skeleton, place)
    value = (*pieces[start:place], _blank(pieces[place]) + VARIABLE, *pieces[place + 1 : end])
    return Shape(
        with_slot(skeleton, place), (*pieces[:start], _bounded("".join(value)), *pieces[end:])
    )


def widened(shape: Shape, other: Shape) -> Shape:
    """`shape` with each piece that `other` shows otherwise made general, or just `shape`.

    Both have one skeleton.
    """
    pieces = tuple(map(_wider, shape.pieces, other.pieces))
    return shape if pieces == shape.pieces else Shape(shape.skeleton, pieces)


def _wider(piece: str, other: str) -> str:
    if piece.strip() == other.strip():
        return piece
    untyped = _TYPED.sub(VARIABLE, piece)
    if untyped.strip() == _TYPED.sub(VARIABLE, other).strip():
        return untyped
    return _blank(piece) + VARIABLE


def _bounded(piece: str) -> str:
    return piece if len(piece) <= _MAX_PIECE else _blank(piece) + VARIABLE


def _blank(piece: str) -> str:
    return " " if piece.startswith(" ") else ""


def rendered(shape: Shape) -> str:
    """The template as people read it; variables glued to each other are one."""
    return _GLUED.sub(VARIABLE, "".join(shape.pieces))


def uid_of(skeleton: Skeleton) -> str:
    """16 hexadecimal characters: BLAKE2b-64 of the frozen version and the skeleton."""
    text = f"{SKELETON_VERSION} {' '.join(skeleton)}"
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
