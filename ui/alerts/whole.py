"""What is said of all alerts of a filter where the rows are only the first of them."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from schemas.filters import Filter
from ui.components.times import parsed
from ui.filtering import api_params
from ui.visit import api

_MOST: Final = 200  # new ones that are counted


async def look(
    wanted: Filter, window: Mapping[str, str], drawn: Mapping[str, Any]
) -> Mapping[str, Any]:
    """`drawn` as it is of all that fires: the `worst`, how many are `fresh`, whether `many` more.

    Raises Unavailable, ApiProblem.
    """
    if drawn.get("whole", True):
        return drawn
    firing = replace(wanted.without("state").having("state", "firing"), sort=None)
    params = {**api_params(firing), **window}
    worst, young = await asyncio.gather(
        api().get("/alerts", limit=1, **params),
        api().get("/alerts", limit=_MOST, sort="-first_seen", **params),
    )
    since = drawn.get("since")
    ages = [parsed(one["first_seen"]) for one in young["items"]] if since else []
    fresh = sum(age > parsed(since) for age in ages) if since else 0
    worst_word = next((str(one["severity"]) for one in worst["items"]), "")
    return {**drawn, "worst": worst_word, "fresh": fresh, "many": fresh == _MOST}
