"""Text from outside, made safe to show: the one function for pages, exports and commands."""

from typing import Final

LIMIT_BYTES: Final = 4096
CUT_MARK: Final = "…"

# What a terminal obeys, what turns the order of characters round, and what nobody sees. Joiners
# (U+200C, U+200D) stay: scripts and emoji need them, and alone they deceive nobody.
_CONTROL: Final = (*range(0x20), *range(0x7F, 0xA0))
_HIDDEN: Final = (
    *(0xAD, 0x061C, 0x180E, 0x200B, 0x200E, 0x200F, 0xFEFF),
    *range(0x2028, 0x202F),
    *range(0x2060, 0x2070),
    *range(0xD800, 0xE000),
    *range(0xFFF9, 0xFFFC),
)
_TAGS: Final = range(0xE0000, 0xE0080)
_VISIBLE: Final = (
    {code: f"\\x{code:02x}" for code in _CONTROL}
    | {code: f"\\u{code:04x}" for code in _HIDDEN}
    | {code: f"\\U{code:08x}" for code in _TAGS}
)


def shown(text: str) -> str:
    """Hostile text in one line: control, ANSI, bidi and unseen characters become escapes.

    Of a long text the first 4 KiB (UTF-8) and `…` are left. What comes out can be shown anywhere
    as text; it is not markup, so HTML and terminals' markup escape it as any other text.
    """
    return cut(text).translate(_VISIBLE)


def cut(text: str) -> str:
    """The text, or its first 4 KiB and `…`; never in the middle of a character."""
    coded = text[: LIMIT_BYTES + 1].encode("utf-8", "surrogatepass")
    if len(coded) <= LIMIT_BYTES:
        return text
    end = LIMIT_BYTES
    while coded[end] & 0xC0 == 0x80:
        end -= 1
    return coded[:end].decode("utf-8", "surrogatepass") + CUT_MARK
