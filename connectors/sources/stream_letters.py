"""The dead letter of stream entries that were delivered too often.

They may have reached the broker, and their consumer died before it could say so. So the letter
keeps the name of its record: sent again under that name, it counts once at the most.
"""

from connectors.publish import batch_headers
from schemas import headers
from schemas.headers import Headers
from schemas.logs import LogBatch, encode_batch


def dead_letter(stream: str, name: str, batch: LogBatch, deliveries: int) -> tuple[bytes, Headers]:
    """Value and headers; `name` is the range of the record that it would have been."""
    about = {
        headers.DEAD_ID: f"{name}#-1",
        headers.DEAD_TOPIC: f"redis/{stream}",
        headers.DEAD_STAGE: "bridge",
        headers.DEAD_REASON: "delivered too often",
        headers.DEAD_DETAIL: f"{deliveries} deliveries, and none was acknowledged",
    }
    pairs = [(key, value.encode()) for key, value in about.items()]
    return encode_batch(batch), pairs + batch_headers(batch, name)
