"""A Kafka consumer that can be stopped at any moment, and that takes no error for "nothing"."""

import asyncio
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import for_code
from aiokafka.protocol.commit import OffsetFetchResponse_v2, OffsetFetchResponse_v3

from connectors.cancelling import is_cancelled


class Consumer(AIOKafkaConsumer):  # type: ignore[misc]  # it has no types
    """aiokafka's, with a `stop` that gives nothing away.

    aiokafka 0.14 cancels its fetches there and awaits them. One that rests after an error of the
    broker ends cancelled, and `stop` raises that to its caller as if the caller was cancelled:
    half stopped, its connections open, and a loop that reads for ever is over without a word.
    """

    def __init__(self, *topics: str, **options: Any) -> None:
        super().__init__(*topics, **options)
        heed_group_errors(self._client)

    async def stop(self) -> None:
        """Ends fetches and connections. May be called twice."""
        try:
            await super().stop()
        except asyncio.CancelledError:
            await self._client.close()
            if is_cancelled():
                raise


def heed_group_errors(client: AIOKafkaClient) -> None:
    """Makes the client raise the error that an answer about committed offsets holds as a whole.

    While a restarted broker loads its groups, it names error 14 and no partitions (OffsetFetch
    from version 2 on). aiokafka 0.14 looks at the partitions alone: it would take that for a group
    that has never committed, and read everything again. What is raised it tries again.
    """
    send = client.send

    async def checked(node_id: Any, request: Any, **options: Any) -> Any:
        response = await send(node_id, request, **options)
        about_offsets = isinstance(response, OffsetFetchResponse_v2 | OffsetFetchResponse_v3)
        if about_offsets and response.error_code:
            raise for_code(response.error_code)()
        return response

    client.send = checked
