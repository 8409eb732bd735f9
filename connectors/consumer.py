"""A Kafka consumer that can be stopped at any moment without ending who stops it."""

import asyncio

from aiokafka import AIOKafkaConsumer


class Consumer(AIOKafkaConsumer):  # type: ignore[misc]  # it has no types
    """aiokafka's, with a `stop` that gives nothing away.

    aiokafka 0.14 cancels its fetches there and awaits them. One that rests after an error of the
    broker ends cancelled, and `stop` raises that to its caller as if the caller was cancelled:
    half stopped, its connections open, and a loop that reads for ever is over without a word.
    """

    async def stop(self) -> None:
        """Ends fetches and connections. May be called twice."""
        try:
            await super().stop()
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            await self._client.close()
