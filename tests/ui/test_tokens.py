"""The tokens: text is readable on every surface in both schemes; nothing else has colours."""

import itertools
import re
from pathlib import Path

import pytest

from ui.components.colours import SERIES_COUNT, TOKENS, colour, series_number, tokens

ASSETS = TOKENS.parent
SURFACES = ("page", "panel", "raised", "hover", "sunken")
TEXTS = sorted(name for name in tokens() if name.startswith("text"))
SOFT = {
    "accent-soft": ("text-accent", "text"),
    "soft-critical": ("text-critical", "text"),
    "soft-warning": ("text-warning", "text"),
    "soft-ok": ("text-ok", "text"),
    "changed": ("text",),
}
FILLS = ("fill-critical", "fill-high", "fill-warning", "fill-info", "fill-low", "fill-ok")
SERIES = tuple(f"series-{n}" for n in range(1, SERIES_COUNT + 1))
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgba?|hsla?)\(")
SIZE = re.compile(r"(?<![\w-])(\d+)px")


def luminance(value: str) -> float:
    parts = [int(value[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, 1.4.3."""
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def over(top: str, below: str) -> str:
    """A colour with transparency on a surface, as one without."""
    alpha = int(top[7:9], 16) / 255
    mixed = [
        round(int(top[n : n + 2], 16) * alpha + int(below[n : n + 2], 16) * (1 - alpha))
        for n in (1, 3, 5)
    ]
    return "#" + "".join(f"{part:02x}" for part in mixed)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "surface"), list(itertools.product(TEXTS, SURFACES)))
def test_text_is_readable_on_every_surface(text: str, surface: str, scheme: int) -> None:
    known = tokens()
    assert contrast(known[text][scheme], known[surface][scheme]) >= 4.5


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("text", "surface"), [(text, soft) for soft, texts in SOFT.items() for text in texts]
)
def test_text_is_readable_on_tints(text: str, surface: str, scheme: int) -> None:
    known = tokens()
    assert contrast(known[text][scheme], known[surface][scheme]) >= 4.5


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("slot", sorted(n for n in tokens() if n.startswith("slot-")))
def test_slots_are_tinted_by_at_most_an_eighth_and_stay_readable(slot: str, scheme: int) -> None:
    known = tokens()
    tint = known[slot][scheme]
    assert int(tint[7:9], 16) / 255 <= 0.125
    for surface in SURFACES:
        assert contrast(known["text"][scheme], over(tint, known[surface][scheme])) >= 4.5


@pytest.mark.parametrize(
    ("text", "fill"),
    [("on-accent", "accent"), ("on-accent", "accent-hover"), ("on-critical", "fill-critical")],
)
def test_words_on_fills_are_readable(text: str, fill: str) -> None:
    assert contrast(colour(text), colour(fill)) >= 4.5


@pytest.mark.parametrize("name", [*FILLS, *SERIES, "anomaly", "forecast", "focus"])
def test_shapes_and_lines_stand_out(name: str) -> None:
    """WCAG 2.2, 1.4.11."""
    known = tokens()
    for scheme in (0, 1):
        assert contrast(known[name][scheme], known["panel"][scheme]) >= 3.0


@pytest.mark.parametrize("path", sorted(ASSETS.glob("*.css")), ids=lambda path: path.name)
def test_only_the_tokens_hold_colours_and_sizes(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/|url\(\"data:[^\"]*\"\)|@media[^{]*", "", path.read_text(), flags=re.S)
    if path.name == "tokens.css":
        return
    assert COLOUR.findall(text) == []
    assert [size for size in SIZE.findall(text) if size not in ("0", "1")] == []


def test_no_script_holds_a_colour() -> None:
    for path in ASSETS.glob("*.js"):
        assert re.findall(r"[\"'`]#[0-9a-fA-F]{6}\b", path.read_text()) == []


def test_every_token_that_is_used_exists() -> None:
    used, local = set(), {"shape", "icon"}
    for path in ASSETS.glob("*.css"):
        used |= set(re.findall(r"var\(--([\w-]+)", path.read_text()))
    for path in (*ASSETS.glob("*.css"), *ASSETS.parent.rglob("*.py")):  # of one element alone
        local |= set(re.findall(r"""(?:^  |["'])--([\w-]+)["']?:""", path.read_text(), re.M))
    ours = {name for name in used if not name.startswith(("mantine-", "ag-"))}
    assert ours - set(tokens()) - local == set()


def test_a_series_keeps_its_colour() -> None:
    numbers = {series_number(f"host-{n}") for n in range(200)}
    assert numbers == set(range(1, SERIES_COUNT + 1))
    assert series_number("cpu_usage") == series_number("cpu_usage")


def test_a_colour_that_differs_by_scheme_is_refused() -> None:
    with pytest.raises(ValueError, match="leave it to CSS"):
        colour("panel")
