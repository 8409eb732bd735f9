"""What a file is by its first bytes, where that is no log: archives, pictures, programs. Pure."""

from typing import Final

HEAD_BYTES: Final = 512  # a header of tar
_ARCHIVES: Final = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"PK\x07\x08", "zip"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "rar"),
    (b"!<arch>\n", "ar"),
    (b"MSCF", "cab"),
)
_OTHERS: Final = (
    (b"\x89PNG\r\n", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"%PDF-", "a PDF document"),
    (b"\x7fELF", "a program (ELF)"),
    (b"MZ\x90\x00", "a program (PE)"),
    (b"SQLite format 3\x00", "a database (SQLite)"),
    (b"PAR1", "a table (Parquet)"),
    (b"\x02!L\x18", "compressed with lz4"),
    (b"\x04\x22\x4d\x18", "compressed with lz4"),
    (b"\xff\xfe", "text in UTF-16"),
    (b"\xfe\xff", "text in UTF-16"),
)
_CHECKSUM: Final = slice(148, 156)  # of a tar header, in octal digits
_NUL_SHARE: Final = 0.1  # a log after a power cut may hold a few


def archive_of(head: bytes) -> str:
    """The name of the archive format that a file begins with, "" for none."""
    for magic, name in _ARCHIVES:
        if head.startswith(magic):
            return name
    return "tar" if _is_tar(head) else ""


def no_text(head: bytes) -> str:
    """Why these first bytes are no log, in words; "" where they may be."""
    for magic, name in _OTHERS:
        if head.startswith(magic):
            return f"it is {name}"
    if head and head.count(0) > _NUL_SHARE * len(head):
        return "it is binary: it begins with many NUL bytes"
    return ""


def _is_tar(head: bytes) -> bool:
    """By its checksum, which tar files of every age have."""
    header = head[:HEAD_BYTES]
    if len(header) < HEAD_BYTES or not header[0]:
        return False
    digits = header[_CHECKSUM].strip(b" \x00")
    if not digits or any(digit not in b"01234567" for digit in digits):
        return False
    blank = header[: _CHECKSUM.start] + b" " * 8 + header[_CHECKSUM.stop :]
    return sum(blank) == int(digits, 8)
