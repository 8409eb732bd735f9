"""What journalctl writes: an entry a line, as JSON, of whatever length its fields have.

An entry that no record holds is cut to what is still dead-lettered as oversized, and counts.
"""

import asyncio
import re
from typing import Final

import msgspec

from connectors.sources.cutting import CUT_TO, LONGEST_WHOLE

LIMIT: Final = 8 * 1024 * 1024  # of the reader: what is longer is never in memory as a whole
_PIECE: Final = 1024 * 1024
_NAMES: Final = 1024  # bytes that a field that we read has at the most, with its name
# A quote within a field's text is escaped, so that these are found as names of fields alone.
_FIELD: Final = re.compile(rb'"(__CURSOR|_SYSTEMD_UNIT|SYSLOG_IDENTIFIER)"\s*:\s*("[^"\\]*")')


class Fields(msgspec.Struct, rename={"cursor": "__CURSOR", "unit": "_SYSTEMD_UNIT"}):
    """What we read of an entry."""

    cursor: str
    unit: object = None
    SYSLOG_IDENTIFIER: object = None


_fields: Final = msgspec.json.Decoder(Fields)


def fields_of(line: bytes) -> Fields:
    """Raises msgspec.DecodeError when the line is no entry of a journal."""
    return _fields.decode(line)


def bounded(line: bytes) -> bytes:
    """The line, or of one that is too long as much as a dead letter needs."""
    return line[:CUT_TO] if len(line) > LONGEST_WHOLE else line


async def rest_of(output: asyncio.StreamReader, buffered: int) -> tuple[bytes, Fields]:
    """The next line, of which `buffered` bytes are there and the reader takes no more.

    Returns its beginning, and what we read of an entry. Raises asyncio.IncompleteReadError when
    journalctl ends in it, and msgspec.DecodeError when it is no entry.
    """
    head, end = b"", b""
    found: dict[bytes, bytes] = {}
    last = False
    while not last:
        piece = await output.readexactly(min(buffered, _PIECE)) if buffered else b""
        if not piece:
            try:
                piece, last = await output.readuntil(b"\n"), True
            except asyncio.LimitOverrunError as error:
                buffered = error.consumed
                continue
        buffered = max(buffered - len(piece), 0)
        head += piece[: CUT_TO - len(head)]
        seen = end + piece
        found |= {match[1]: match[2] for match in _FIELD.finditer(seen)}
        end = seen[-_NAMES:]
    text = b",".join(b'"%s":%s' % pair for pair in found.items())
    return head, fields_of(b"{%s}" % text)
