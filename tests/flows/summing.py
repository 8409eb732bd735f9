"""`python -m tests.flows.summing`: a stage with checkpointed state, the smallest there can be.

It sums the numbers of each input partition; the sum is a shard of its checkpoint.
"""

import faust
from faust.types import EventT

from agents.app import create_app
from agents.engine import loop
from agents.engine.checkpoint import Checkpoint
from connectors import logging
from schemas.settings import load

PARTITIONS = 4
INPUT = "numbers"
TABLE = "sums"


def main() -> None:
    """Runs until it is killed."""
    settings = load()
    logging.configure(settings, "summing")
    app = create_app(settings, "summing")
    checkpoint = Checkpoint(app, TABLE, PARTITIONS, settings.topic_prefix + INPUT)
    topic = app.topic(settings.topic_prefix + INPUT, value_serializer="raw")

    async def handle(event: EventT[bytes]) -> None:
        message = event.message
        key = b"%d/sum" % message.partition
        if not checkpoint.shards.holds(key, message.partition, message.offset):
            total = int(checkpoint.shards.state(key) or b"0") + int(message.value or b"0")
            checkpoint.shards.put(key, b"%d" % total, message.partition, message.offset)
        checkpoint.settle_later([(message.tp, message.offset)])

    async def sum_numbers(stream: object) -> None:
        await loop.run(stream, handle)

    app.agent(topic, name="sum", concurrency=1)(sum_numbers)
    faust.Worker(
        app, loglevel="INFO", override_logging=False, quiet=True
    ).execute_from_commandline()


if __name__ == "__main__":
    main()
