"""What the search box finds: a few of each kind, by name or title."""

from typing import Literal

from pydantic import BaseModel


class Hit(BaseModel):
    """`id` opens it, `title` is its name, `detail` tells it from others."""

    id: str
    title: str
    detail: str
    kind: Literal["host", "service", "pattern", "alert"]


class Hits(BaseModel):
    """At most eight of each kind, the likeliest first."""

    hosts: list[Hit]
    services: list[Hit]
    patterns: list[Hit]
    alerts: list[Hit]
