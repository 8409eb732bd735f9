"""What a line is, said once for edges and agents.

A line is the bytes between two newlines: a non-empty tail counts, one trailing carriage return is
dropped, a blank line counts.
"""


def split_lines(blob: bytes) -> list[bytes]:
    """The lines of a blob, in order and without their newlines; no bytes, no lines."""
    lines = blob.split(b"\n")
    if not lines[-1]:
        lines.pop()
    if b"\r" in blob:
        return [line.removesuffix(b"\r") for line in lines]
    return lines
