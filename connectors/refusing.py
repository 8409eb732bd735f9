"""Something that an edge could not use, as the dead letter that it becomes."""

from typing import NamedTuple

from schemas import headers
from schemas.headers import Headers

_DETAIL_CHARACTERS = 500


class Refused(NamedTuple):
    """One item as it came. `topic` is where it would have gone, `stage` who refused it.

    `id` is the same however often the item comes, where its sender made that possible; `reason`
    is a short stable word. Refused items never were in a topic, so no ledger counts them.
    """

    id: str
    source: str
    stage: str
    topic: str
    reason: str
    detail: str
    trace: str
    value: bytes

    def headers(self) -> Headers:
        """What the dead letter says about itself."""
        about = {
            headers.DEAD_ID: self.id,
            headers.DEAD_TOPIC: self.topic,
            headers.DEAD_STAGE: self.stage,
            headers.DEAD_REASON: self.reason,
            headers.DEAD_DETAIL: self.detail[:_DETAIL_CHARACTERS],
            headers.SOURCE: self.source,
            headers.LINES: "1",
            headers.TRACEPARENT: self.trace,
        }
        return [(name, value.encode()) for name, value in about.items()]
