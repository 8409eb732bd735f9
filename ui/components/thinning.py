"""Fewer points that look the same: the least and the largest of each stretch."""

from collections.abc import Sequence


def thinned(
    times: Sequence[str], values: Sequence[float | None], most: int = 2000
) -> tuple[list[str], list[float | None]]:
    """At most about `most` points; no peak is lost, gaps (None) stay gaps."""
    if len(times) <= most:
        return list(times), list(values)
    width = -(-2 * len(times) // most)
    kept: list[int] = []
    for start in range(0, len(times), width):
        stretch = range(start, min(start + width, len(times)))
        known = [(value, n) for n in stretch if (value := values[n]) is not None]
        if len(known) < len(stretch):
            kept += [n for n in stretch if values[n] is None][:1]
        if known:
            kept += [min(known)[1], max(known)[1]]
    order = sorted(set(kept))
    return [times[n] for n in order], [values[n] for n in order]
