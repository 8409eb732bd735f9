"""Attributes of HTML whose names hold a hyphen, which Python's keywords cannot."""

from collections.abc import Mapping
from typing import Any


def hyphened(attributes: Mapping[str, Any]) -> Any:
    """To be unpacked into an element: `html.Nav(**hyphened({"aria-label": "Pages"}))`."""
    return dict(attributes)
