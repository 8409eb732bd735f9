"""A pattern's line is read where it lies, and nowhere else."""

from typing import cast

from aiokafka.structs import ConsumerRecord

from connectors.patterns import sample
from connectors.stores.patterns import Counted
from connectors.topic_log import TopicLog
from schemas.logs import LOG_BATCH, LogBatch, encode_batch


class _Log:
    """Whichever place is asked for, a record is there."""

    topic = "logs.raw"

    async def one(self, _partition: int, _offset: int) -> ConsumerRecord:
        value = encode_batch(LogBatch("a", [b"first", b"second"]))
        headers = (("schema", LOG_BATCH),)
        return ConsumerRecord("logs.raw", 0, 5, 0, 0, b"a", value, None, 0, 0, headers)


def _counted(line: int, *, current: bool) -> Counted:
    return Counted("u", "", "", 1, 1, 0, 0, "a", "logs.raw", 0, 0, 5, line, current)


async def test_what_stands_at_the_place_of_an_earlier_life_is_not_shown() -> None:
    log = cast(TopicLog, _Log())
    assert (await sample(log, _counted(1, current=True))).text == "second"
    assert (await sample(log, _counted(2, current=True))).text is None
    assert (await sample(log, _counted(1, current=False))).text is None
