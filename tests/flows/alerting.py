"""The topics and the table of alerts, as tests fill and read them."""

import asyncio

import psycopg
from aiokafka import AIOKafkaProducer

from connectors.kafka import producer_options, topic_name
from connectors.stores import alerts as store
from connectors.topic_log import open_log
from schemas.alerts import Alert
from schemas.settings import Settings
from schemas.topics import ALERTS, Topic


async def send(settings: Settings, topic: Topic, values: list[bytes]) -> None:
    """Values to a topic, all acknowledged at the end."""
    producer = AIOKafkaProducer(**producer_options(settings))
    await producer.start()
    name = topic_name(settings, topic)
    sent = [await producer.send(name, value, key=b"k") for value in values]
    await asyncio.gather(*sent)
    await producer.stop()


async def values_of(settings: Settings, topic: Topic) -> list[bytes]:
    """The values of all records of a topic."""
    found = []
    async with open_log(settings, topic_name(settings, topic)) as log:
        for partition, (start, end) in (await log.bounds()).items():
            async for record in log.read(partition, start, end):
                found.append(record.value)
    return found


def on_topic(settings: Settings) -> list[Alert]:
    """Every version that was published, as often as it was."""
    values = asyncio.run(values_of(settings, ALERTS))
    return [Alert.model_validate_json(value) for value in values]


def in_postgres(settings: Settings) -> dict[str, Alert]:
    """The newest version of every alert in the table, by id."""
    with psycopg.connect(settings.database_url.get_secret_value()) as connection:
        return {alert.id: alert for alert in store.listed(connection, closed=True)}
