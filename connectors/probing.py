"""One question to a server that the API needs: does it answer now. The caller bounds the time."""

from connectors.embedded.disk import instance_disk_fault
from connectors.stores.postgres import Pool, transaction
from schemas.errors import Unavailable
from schemas.settings import Settings


async def ask_postgres(pool: Pool) -> None:
    """Raises Unavailable."""
    async with transaction(pool) as connection:
        await connection.execute("select 1")


async def ask_influxdb(settings: Settings) -> None:
    """Raises Unavailable."""
    # Loaded here: most installations have none.
    import aiohttp

    where = f"{settings.influxdb_url.rstrip('/')}/health"
    try:
        async with aiohttp.ClientSession() as client, client.get(where) as answer:
            status, well = answer.status, answer.ok
    except aiohttp.ClientError as error:
        detail = f"{settings.influxdb_url}: {str(error) or type(error).__name__}"
        raise Unavailable("influxdb", detail) from error
    if not well:
        raise Unavailable("influxdb", f"{where} answers {status}")


async def ask_disk(settings: Settings) -> None:
    """Raises Unavailable when the embedded broker's disk is too full to take more."""
    if fault := instance_disk_fault(settings.data_dir, settings.disk_floor_gib):
        raise Unavailable("the disk", fault)
