"""Patterns: what the miner found, as published on the compacted topic `patterns`.

A uid never changes and every uid ever issued resolves. Aliases are edges of a set union: they
commute, may repeat, and the root of a set is its smallest uid.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Pattern(BaseModel):
    """`born` or `changed`: the template as it is now; key of the record: the uid."""

    model_config = ConfigDict(frozen=True)

    v: Literal[1] = 1
    kind: Literal["pattern"] = "pattern"
    uid: str
    template: str
    skeleton: str
    sample: str = ""


class PatternAlias(BaseModel):
    """Two uids that turned out to be one pattern; key of the record: `uid+other`.

    The key holds both, so that compaction keeps every edge of a set.
    """

    model_config = ConfigDict(frozen=True)

    v: Literal[1] = 1
    kind: Literal["alias"] = "alias"
    uid: str
    other: str
